"""The questions that pages ask: read-only, ordered, eager on purpose."""
