"""The AWS Encryption SDK for Python, told what to do on standard input: a line of JSON each, and one for each answer.

    {"do": "encrypt", "plaintext": …, "keys": […], "context": {…}, "frame": 4096, "suite": 1144} → {"message": …}
    {"do": "decrypt", "message": …, "keys": […]} → {"plaintext": …, "context": {…}}

Bytes are in base64; a frame of 0 bytes is none; what fails is {"error": …}. Ends with its standard input.
"""

import base64
import json
import logging
import sys

import boto3
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.exceptions import InvalidKeyIdError
from aws_encryption_sdk.identifiers import AlgorithmSuite, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.key_providers.base import MasterKeyProvider, MasterKeyProviderConfig
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey, WrappingKey


class Keys(MasterKeyProvider):
    """Exactly the keys that it is given."""

    provider_id = None
    vend_masterkey_on_decrypt = False
    _config_class = MasterKeyProviderConfig

    def _new_master_key(self, key_id):
        raise InvalidKeyIdError(key_id)


def keys_of(request):
    keys = Keys()
    keys.add_master_key_providers_from_list([master_key(key) for key in request["keys"]])
    return keys


def master_key(key):
    if key["kind"] == "kms":
        region = key["arn"].split(":")[3]
        client = boto3.client("kms", region, endpoint_url=key["endpoint"])
        return KMSMasterKey(key_id=key["arn"], client=client)
    wrapping_key = WrappingKey(
        wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
        wrapping_key=base64.b64decode(key["bytes"]),
        wrapping_key_type=EncryptionKeyType.SYMMETRIC,
    )
    return RawMasterKey(key_id=key["name"], provider_id=key["namespace"], wrapping_key=wrapping_key)


def answer(request):
    if request["do"] == "encrypt":
        suite = AlgorithmSuite.get_by_id(request["suite"])
        message, _ = (sdk if suite.is_committing() else without_commitment).encrypt(
            source=base64.b64decode(request["plaintext"]),
            key_provider=keys_of(request),
            encryption_context=request["context"],
            algorithm=suite,
            frame_length=request["frame"],
        )
        return {"message": base64.b64encode(message).decode()}
    plaintext, header = sdk.decrypt(source=base64.b64decode(request["message"]), key_provider=keys_of(request))
    return {"plaintext": base64.b64encode(plaintext).decode(), "context": header.encryption_context}


# What it refuses is answered, and not logged as well.
logging.disable()
sdk = EncryptionSDKClient()
without_commitment = EncryptionSDKClient(commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
for line in sys.stdin:
    try:
        print(json.dumps(answer(json.loads(line))), flush=True)
    except Exception as error:
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
