"""What `make` needs before anything of ours can run: a Python, a virtual environment, a free port.

Uses only the standard library and the syntax of any Python 3, so that an old one can still say that it is too
old. Every failure is one sentence in English, one in Chinese, and exit 1.

    bootstrap.py install DIRECTORY [EXTRAS]   make the environment and install this folder into it
    bootstrap.py port NUMBER                  is 127.0.0.1:NUMBER free?
"""

import os
import socket
import subprocess
import sys

OLDEST = (3, 11)


def stop(english: str, chinese: str) -> None:
    """Say why, in UTF-8 whatever the terminal's locale, and end."""
    sys.stdout.flush()
    sys.stderr.buffer.write(("\n" + english + "\n" + chinese + "\n\n").encode("utf-8"))
    sys.exit(1)


def require_python() -> None:
    if sys.version_info >= OLDEST:
        return
    found = ".".join(str(part) for part in sys.version_info[:3])
    stop(
        "Deliberate needs Python 3.11 or newer, but this is Python "
        + found
        + "; install a newer one and name it, for example: make demo PYTHON=python3.12",
        "需要 Python 3.11 或更新版本,现在的是 "
        + found
        + ";请安装新版本并指明它,例如:make demo PYTHON=python3.12",
    )


def require_venv() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415
        import venv  # noqa: F401, PLC0415
    except ImportError:
        package = "python" + ".".join(str(part) for part in sys.version_info[:2]) + "-venv"
        stop(
            "This Python cannot make virtual environments; on Debian or Ubuntu run: apt install " + package,
            "这个 Python 不能创建虚拟环境;在 Debian 或 Ubuntu 上请运行:apt install " + package,
        )


def usable(python: str) -> bool:
    """An environment that was interrupted, moved, or made by an older Python is made anew."""
    probe = "import sys, pip; sys.exit(sys.version_info < " + repr(OLDEST) + ")"
    try:
        return subprocess.call([python, "-c", probe], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def install(directory: str, extras: str = "") -> None:
    require_python()
    require_venv()
    python = os.path.join(directory, "bin", "python")
    if not usable(python):
        print("Making a virtual environment in " + directory + " ...", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", "--clear", directory]) != 0:
            stop(
                "The virtual environment could not be made in " + directory + "; the reason is above.",
                "无法在 " + directory + " 创建虚拟环境,原因见上。",
            )
    print("Installing (the first time takes about a minute) ...", flush=True)
    project = ".[" + extras + "]" if extras else "."
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if subprocess.call([*pip, "-c", "constraints.txt", "-e", project]) != 0:
        stop(
            "The libraries could not be installed; the reason is above (perhaps no network).",
            "依赖库没有装好,原因见上(请检查网络,或设置 pip 镜像)。",
        )


def require_port(text: str) -> None:
    if not text.isdigit() or not 0 < int(text) < 65536:
        stop(
            "PORT must be a number from 1 to 65535, not " + repr(text) + ".",
            "PORT 应为 1 到 65535 的数字,不能是 " + repr(text) + "。",
        )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", int(text)))
    except OSError as error:
        why = " (" + str(error.strerror) + ")"
        stop(
            "Port " + text + " cannot be used" + why + "; stop what uses it, or try: make demo PORT=8001",
            "端口 " + text + " 不能使用(可能已被占用);请先停止占用它的程序,或改用:make demo PORT=8001",
        )
    finally:
        listener.close()


def main(arguments: list) -> None:
    if arguments[:1] == ["install"] and len(arguments) in (2, 3):
        install(*arguments[1:])
    elif arguments[:1] == ["port"] and len(arguments) == 2:
        require_port(arguments[1])
    else:
        print(__doc__)
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
