"""Writes element sets the way the formats' documents say, one character at a time.

Imports nothing from kansoku: the readers are tested against it.
"""

import json

ALPHA5 = "ABCDEFGHJKLMNPQRSTUVWXYZ"

ISS = {
    "OBJECT_NAME": "ISS (ZARYA)",
    "OBJECT_ID": "1998-067A",
    "NORAD_CAT_ID": 25544,
    "YEAR": 2024,
    "DAY": 187,
    "TICKS": 49270102,  # 1e-8 d after midnight
    "EPOCH": "2024-07-05T11:49:29.368128",
    "MEAN_MOTION": "15.50123456",
    "ECCENTRICITY": "0.0010409",
    "INCLINATION": "51.6393",
    "RA_OF_ASC_NODE": "213.2567",
    "ARG_OF_PERICENTER": "41.1112",
    "MEAN_ANOMALY": "2.1234",
    "BSTAR": "-0.31745E-3",
}
CONSTANT = {
    "CLASSIFICATION_TYPE": "U",
    "EPHEMERIS_TYPE": "0",
    "ELEMENT_SET_NO": "999",
    "REV_AT_EPOCH": "46123",
    "MEAN_MOTION_DOT": "0.00016717",
    "MEAN_MOTION_DDOT": "0",
}
METADATA = ("OBJECT_NAME", "OBJECT_ID")
MEAN = (
    "EPOCH", "MEAN_MOTION", "ECCENTRICITY", "INCLINATION", "RA_OF_ASC_NODE",
    "ARG_OF_PERICENTER", "MEAN_ANOMALY",
)  # fmt: skip
PARAMETERS = ("NORAD_CAT_ID", "BSTAR")


def number_field(number):
    """Five columns: digits, or Alpha-5 from 100,000 to 339,999."""
    if number < 100_000:
        return f"{number:05d}"
    return ALPHA5[number // 10_000 - 10] + f"{number % 10_000:04d}"


def checksum(line):
    total = 0
    for character in line:
        if character in "0123456789":
            total += int(character)
        elif character == "-":
            total += 1
    return total % 10


def power_field(text):
    """'-0.31745E-3' as '-31745-3'."""
    mantissa, _, exponent = text.partition("E")
    sign = "-" if mantissa.startswith("-") else " "
    digits = mantissa.lstrip("-").partition(".")[2]
    power = int(exponent or 0)
    return f"{sign}{digits.ljust(5, '0')}{'-' if power <= 0 else '+'}{abs(power)}"


def tle_lines(fields):
    """Line 1 and line 2 of an object, 69 columns each."""
    number = number_field(fields["NORAD_CAT_ID"])
    epoch = f"{fields['YEAR'] % 100:02d}{fields['DAY']:03d}.{fields['TICKS']:08d}"
    line_1 = (
        f"1 {number}U 98067A   {epoch}  .00016717  00000+0 {power_field(fields['BSTAR'])} 0  999"
    )
    eccentricity = fields["ECCENTRICITY"].partition(".")[2].ljust(7, "0")
    line_2 = (
        f"2 {number} {float(fields['INCLINATION']):8.4f} {float(fields['RA_OF_ASC_NODE']):8.4f} "
        f"{eccentricity} {float(fields['ARG_OF_PERICENTER']):8.4f} "
        f"{float(fields['MEAN_ANOMALY']):8.4f} {float(fields['MEAN_MOTION']):11.8f}46123"
    )
    assert len(line_1) == len(line_2) == 68
    return line_1 + str(checksum(line_1)), line_2 + str(checksum(line_2))


def tle(*objects):
    lines = []
    for fields in objects:
        lines += [fields["OBJECT_NAME"], *tle_lines(fields)]
    return "\n".join(lines) + "\n"


def omm_fields(fields):
    chosen = {key: fields[key] for key in (*METADATA, *MEAN, *PARAMETERS)}
    return {**chosen, **CONSTANT}


def omm_csv(*objects):
    rows = [",".join(omm_fields(objects[0]))]
    rows += [",".join(str(cell) for cell in omm_fields(fields).values()) for fields in objects]
    return "\r\n".join(rows) + "\r\n"


def omm_json(*objects):
    return json.dumps([omm_fields(fields) for fields in objects], indent=1)


def omm_kvn(*objects):
    lines = []
    for fields in objects:
        lines += ["CCSDS_OMM_VERS = 2.0", "COMMENT written for a test", "ORIGINATOR = KANSOKU", ""]
        lines += [f"{key:<20}= {value}" for key, value in omm_fields(fields).items()]
        lines += ["CENTER_NAME = EARTH", "REF_FRAME = TEME", "TIME_SYSTEM = UTC"]
    return "\n".join(lines) + "\n"


def omm_xml(*objects):
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<ndm>"]
    for fields in objects:
        lines += ['<omm id="CCSDS_OMM_VERS" version="2.0"><header/><body><segment>', "<metadata>"]
        lines += [f"<{key}>{fields[key]}</{key}>" for key in METADATA]
        lines += ["<REF_FRAME>TEME</REF_FRAME></metadata><data><meanElements>"]
        lines += [f"<{key}>{fields[key]}</{key}>" for key in MEAN]
        lines += ["</meanElements><tleParameters>"]
        lines += [f"<{key}>{fields[key]}</{key}>" for key in PARAMETERS]
        lines += ["</tleParameters></data></segment></body></omm>"]
    return "\n".join([*lines, "</ndm>"]) + "\n"


WRITERS = {"tle": tle, "csv": omm_csv, "json": omm_json, "kvn": omm_kvn, "xml": omm_xml}
