// Names and rooms made comparable: the dot of a Uyghur name, spaces, widths and case do not count.
// The same rule as search_key() in deliberate/domain/roll_text.py; both are tested against the same names.

const DROPPED = /[\s\u00b7\u2022\u30fb\uff65\uff0e\u2027\u2219\u22c5\u25cf\u26ab\u0387\u2e31\u2e33\u2024\u16eb\u1427.。\u200c\u200d]+/gu;
const INVISIBLE = /[\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

export function searchKey(name) {
  return name.replace(INVISIBLE, "").normalize("NFKC").replace(DROPPED, "").toLowerCase();
}

const joined = (door) => [door.building, door.unit, door.room].filter(Boolean).join("-");

// By room (501), by address (3-2-501, 2-501) or by any part of a name.
export function matches(door, typed) {
  const address = typed.normalize("NFKC").replace(/\s/g, "").toUpperCase();
  const key = searchKey(typed);
  if (!address || !key) return true;
  if (/^[A-Z]{0,2}\d{1,5}[A-Z]?$/.test(address)) return door.room.toUpperCase().startsWith(address);
  if (/^[0-9A-Z]+([-号楼单元室]+[0-9A-Z]+)+[室]?$/.test(address)) {
    const parts = address.split(/[-号楼单元室]+/).filter(Boolean).join("-");
    const here = joined(door).toUpperCase();
    return here === parts || here.endsWith(`-${parts}`);
  }
  return (door.name_key || searchKey(door.name || "")).includes(key);
}
