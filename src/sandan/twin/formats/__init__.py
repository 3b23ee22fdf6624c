"""Files in, files out: what a complex is told by, and what it tells.

Readers take the bytes of a file and give a `Preview`; they write nothing and raise only `InvalidInput`.
Writers take things and points and give the bytes of a file in pieces.

    in        GeoJSON · factory register CSV (firms) · things CSV · points CSV
    out       GeoJSON · things CSV · points CSV · NGSI-LD · AAS JSON
"""
