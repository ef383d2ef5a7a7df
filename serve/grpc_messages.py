"""The messages of the Open Inference Protocol over gRPC, made from a table instead of generated code.

The table says what travels: the names and types of fields, numbered in the order in which they stand. It is written
after the protocol's published definition (https://github.com/kserve/open-inference-protocol). A map travels as a list
of entries, so it stands here as one.
"""

from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

PACKAGE = "inference"
# Name: fields; `*`: repeated, `|`: of the fields so marked one is set.
_TABLE = """
ServerLiveRequest:
ServerLiveResponse: live bool
ServerReadyRequest:
ServerReadyResponse: ready bool
ModelReadyRequest: name string, version string
ModelReadyResponse: ready bool
ServerMetadataRequest:
ServerMetadataResponse: name string, version string, extensions string*
ModelMetadataRequest: name string, version string
TensorMetadata: name string, datatype string, shape int64*
ModelMetadataResponse: name string, versions string*, platform string, inputs TensorMetadata*, outputs TensorMetadata*
InferParameter: bool_param bool|, int64_param int64|, string_param string|, double_param double|, uint64_param uint64|
Parameter: key string, value InferParameter
InferTensorContents: bool_contents bool*, int_contents int32*, int64_contents int64*, uint_contents uint32*, \
uint64_contents uint64*, fp32_contents float*, fp64_contents double*, bytes_contents bytes*
InferTensor: name string, datatype string, shape int64*, parameters Parameter*, contents InferTensorContents
InferRequestedOutput: name string, parameters Parameter*
ModelInferRequest: model_name string, model_version string, id string, parameters Parameter*, inputs InferTensor*, \
outputs InferRequestedOutput*, raw_input_contents bytes*
ModelInferResponse: model_name string, model_version string, id string, parameters Parameter*, outputs InferTensor*, \
raw_output_contents bytes*
StatisticDuration: count uint64, ns uint64
InferStatistics: success StatisticDuration, fail StatisticDuration
ModelStatistics: name string, version string, last_inference uint64, inference_count uint64, execution_count uint64, \
inference_stats InferStatistics
ModelStatisticsRequest: name string, version string
ModelStatisticsResponse: model_stats ModelStatistics*
RepositoryIndexRequest: repository_name string, ready bool
ModelIndex: name string, version string, state string, reason string
RepositoryIndexResponse: models ModelIndex*
RepositoryModelLoadRequest: repository_name string, model_name string
RepositoryModelLoadResponse:
RepositoryModelUnloadRequest: repository_name string, model_name string
RepositoryModelUnloadResponse:
"""
_SCALARS = {
    "bool": FieldDescriptorProto.TYPE_BOOL,
    "string": FieldDescriptorProto.TYPE_STRING,
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
    "uint32": FieldDescriptorProto.TYPE_UINT32,
    "uint64": FieldDescriptorProto.TYPE_UINT64,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
}


def message_classes() -> dict[str, Any]:
    """The class of each message, by its name."""
    pool = DescriptorPool()
    file = FileDescriptorProto(name="tagger/inference.proto", package=PACKAGE, syntax="proto3")
    for line in _TABLE.strip().splitlines():
        name, _, fields = line.partition(":")
        file.message_type.append(_message(name, [field.split() for field in fields.split(",") if field.strip()]))
    described = pool.Add(file) or pool.FindFileByName(file.name)
    return {name: GetMessageClass(message) for name, message in described.message_types_by_name.items()}


def _message(name: str, fields: list[list[str]]) -> DescriptorProto:
    message = DescriptorProto(name=name)
    if any(kind.endswith("|") for _, kind in fields):
        message.oneof_decl.add(name="choice")
    for number, (field, kind) in enumerate(fields, 1):
        added = message.field.add(name=field, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
        if kind.endswith("*"):
            added.label = FieldDescriptorProto.LABEL_REPEATED
        if kind.endswith("|"):
            added.oneof_index = 0
        kind = kind.rstrip("*|")
        if kind in _SCALARS:
            added.type = _SCALARS[kind]
        else:
            added.type, added.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
    return message
