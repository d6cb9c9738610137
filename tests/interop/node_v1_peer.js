// node_v1_peer.js: the npm package tls-sig-api (version 1) as a filter over lines, for test_node_v1_peer.py.
//   node node_v1_peer.js MODULES sign   PRIVATE SDKAPPID   identifier TAB lifetime                -> usersig
//   node node_v1_peer.js MODULES bytes  PRIVATE SDKAPPID   identifier TAB lifetime TAB userbuf    -> usersig; base64
//   node node_v1_peer.js MODULES check  PUBLIC  SDKAPPID   identifier TAB usersig                 -> "ok" or "refused"
//   node node_v1_peer.js MODULES check-bytes PUBLIC SDKAPPID   the same, of a usersig with a userbuf
// MODULES is the node_modules folder that holds the package; PRIVATE and PUBLIC are PEM files.
'use strict';
const fs = require('fs');
const path = require('path');
const [modules, mode, pem, sdkappid] = process.argv.slice(2);
const { Sig } = require(path.join(path.resolve(modules), 'tls-sig-api'));
const key = fs.readFileSync(pem).toString();

function peer(lifetime) {
    return new Sig({ sdk_appid: Number(sdkappid), expire_after: Number(lifetime), private_key_string: key, public_key_string: key });
}

const modes = {
    sign([identifier, lifetime]) {
        return peer(lifetime).genSig(identifier);
    },
    bytes([identifier, lifetime, userbuf]) {
        return peer(lifetime).genSigWithUserbuf(identifier, Buffer.from(userbuf, 'base64'));
    },
    check([identifier, usersig]) {
        return peer(1).verifySig(usersig, identifier) === true ? 'ok' : 'refused';
    },
    'check-bytes'([identifier, usersig]) {
        return peer(1).verifySigWithUserbuf(usersig, identifier) === false ? 'refused' : 'ok';
    },
};

const lines = fs.readFileSync(0, 'utf8').split('\n');
if (!modes[mode] || lines.pop() !== '') {
    process.stderr.write('usage: node_v1_peer.js MODULES sign|bytes|check|check-bytes PEM SDKAPPID < lines\n');
    process.exit(64);
}
process.stdout.write(lines.map((line) => modes[mode](line.split('\t')) + '\n').join(''));
