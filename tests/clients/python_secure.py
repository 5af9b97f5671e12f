"""pymongo over TLS: logs in with each mechanism and with a certificate, compresses. Usage: python_secure.py HOST CA CERT USER PASSWORD"""
import sys

from pymongo import MongoClient
from pymongo.errors import OperationFailure

host, authority, certificate, user, password = sys.argv[1:]
common = {'tls': True, 'tlsCAFile': authority, 'directConnection': True, 'serverSelectionTimeoutMS': 15000}


def who(client):
    return [u['user'] for u in client.admin.command('connectionStatus')['authInfo']['authenticatedUsers']]


for mechanism in ('SCRAM-SHA-1', 'SCRAM-SHA-256'):
    with MongoClient(host, username=user, password=password, authMechanism=mechanism, **common) as client:
        assert who(client) == [user], mechanism
        try:
            MongoClient(host, username=user, password='wrong', authMechanism=mechanism, **common).admin.command('ping')
            raise AssertionError('a wrong password was accepted')
        except OperationFailure as refusal:
            assert refusal.code == 18, refusal

with MongoClient(host, tlsCertificateKeyFile=certificate, authMechanism='MONGODB-X509', **common) as client:
    assert who(client) == ['CN=client,OU=tests,O=godwit'], who(client)

with MongoClient(host, username=user, password=password, compressors='zlib', **common) as client:
    client.secure.texts.insert_one({'text': 'x' * 100_000})
    assert len(client.secure.texts.find_one()['text']) == 100_000
    figures = client.admin.command('serverStatus')['network']['compression']['zlib']
    assert figures['decompressor']['bytesOut'] > 100_000 > figures['decompressor']['bytesIn'], figures

print('pymongo: everything as expected')
