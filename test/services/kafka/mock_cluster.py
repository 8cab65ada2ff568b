"""librdkafka's mock cluster, told what to do on standard input.

    python3 mock_cluster.py <librdkafka.so.1> <brokers>

Prints the brokers' addresses, and then for each line it is told whether that was done ("ok", or the library's error):

    topic <name> <partitions>       makes a topic
    fail <API key> <error> ...      the next requests of this kind are refused with these errors, one each
    down <broker>, up <broker>      brokers are numbered from 1

Ends with its standard input. Source: librdkafka, rdkafka_mock.h.
"""

import ctypes
import sys

library = ctypes.CDLL(sys.argv[1])
HANDLE, TEXT, INT, INT16, INT32 = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int16, ctypes.c_int32


def function(name, result, *arguments):
    found = getattr(library, name)
    found.restype, found.argtypes = result, arguments
    return found


conf_new = function("rd_kafka_conf_new", HANDLE)
conf_set = function("rd_kafka_conf_set", INT, HANDLE, TEXT, TEXT, TEXT, ctypes.c_size_t)
new = function("rd_kafka_new", HANDLE, INT, HANDLE, TEXT, ctypes.c_size_t)
new_cluster = function("rd_kafka_mock_cluster_new", HANDLE, HANDLE, INT)
bootstraps = function("rd_kafka_mock_cluster_bootstraps", TEXT, HANDLE)
topic_create = function("rd_kafka_mock_topic_create", INT, HANDLE, TEXT, INT, INT)
push_errors = function(
    "rd_kafka_mock_push_request_errors_array", None, HANDLE, INT16, ctypes.c_size_t, ctypes.POINTER(INT)
)
set_down = function("rd_kafka_mock_broker_set_down", INT, HANDLE, INT32)
set_up = function("rd_kafka_mock_broker_set_up", INT, HANDLE, INT32)

# A producer that sends nothing: the cluster lives in it.
conf = conf_new()
conf_set(conf, b"log_level", b"0", None, 0)
cluster = new_cluster(new(0, conf, None, 0), int(sys.argv[2]))
print(bootstraps(cluster).decode(), flush=True)

for line in sys.stdin:
    word, *rest = line.split()
    error = 0
    if word == "topic":
        error = topic_create(cluster, rest[0].encode(), int(rest[1]), 1)
    elif word == "fail":
        codes = [int(code) for code in rest[1:]]
        push_errors(cluster, int(rest[0]), len(codes), (INT * len(codes))(*codes))
    elif word == "down":
        error = set_down(cluster, int(rest[0]))
    elif word == "up":
        error = set_up(cluster, int(rest[0]))
    else:
        error = "unknown"
    print("ok" if error == 0 else f"{word}: error {error}", flush=True)
