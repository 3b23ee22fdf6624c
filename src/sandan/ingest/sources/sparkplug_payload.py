"""The Sparkplug B payload as a protobuf message, made at run time from the specification's field numbers.

Sparkplug Specification 3.0, chapter 6 (payload definition). Data sets, templates, metadata and
extensions are carried as bytes: nothing here reads them.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_TYPES = {
    "uint32": _Field.TYPE_UINT32,
    "uint64": _Field.TYPE_UINT64,
    "float": _Field.TYPE_FLOAT,
    "double": _Field.TYPE_DOUBLE,
    "bool": _Field.TYPE_BOOL,
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
}
_MESSAGES = {
    "PropertyValue": """
        1 uint32 type   2 bool is_null
        3 uint32 int_value*  4 uint64 long_value*  5 float float_value*  6 double double_value*
        7 bool boolean_value*  8 string string_value*
        9 bytes propertyset_value*  10 bytes propertysets_value*""",
    "PropertySet": "1 string+ keys  2 PropertyValue+ values",
    "Metric": """
        1 string name  2 uint64 alias  3 uint64 timestamp  4 uint32 datatype
        5 bool is_historical  6 bool is_transient  7 bool is_null  8 bytes metadata  9 PropertySet properties
        10 uint32 int_value*  11 uint64 long_value*  12 float float_value*  13 double double_value*
        14 bool boolean_value*  15 string string_value*  16 bytes bytes_value*  17 bytes dataset_value*
        18 bytes template_value*  19 bytes extension_value*""",
    "Payload": "1 uint64 timestamp  2 Metric+ metrics  3 uint64 seq  4 string uuid  5 bytes body",
}
"""Number, type and name of each field; `+` is repeated, `*` one of the values."""


class DataType(IntEnum):
    """The data types of metrics that have one value."""

    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14


SIGNED: dict[int, int] = {DataType.INT8: 8, DataType.INT16: 16, DataType.INT32: 32, DataType.INT64: 64}
"""Bits of the types whose negative values are written as two's complement."""


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name="sandan/sparkplug_b.proto", package="sandan.sparkplug", syntax="proto2"
    )
    for name, text in _MESSAGES.items():
        message = file.message_type.add(name=name)
        words = text.split()
        for number, type, field_name in zip(words[::3], words[1::3], words[2::3], strict=True):
            field = message.field.add(name=field_name.rstrip("*"), number=int(number))
            field.label = _Field.LABEL_REPEATED if type.endswith("+") else _Field.LABEL_OPTIONAL
            plain = type.rstrip("+")
            if plain in _TYPES:
                field.type = _TYPES[plain]
            else:
                field.type, field.type_name = _Field.TYPE_MESSAGE, f".sandan.sparkplug.{plain}"
            if field_name.endswith("*"):
                if not message.oneof_decl:
                    message.oneof_decl.add(name="value")
                field.oneof_index = 0
    return file


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(_file())
Payload: Any = message_factory.GetMessageClass(_POOL.FindMessageTypeByName("sandan.sparkplug.Payload"))
"""The message class; attributes as in the specification."""
