// node_peer.js: the npm package tls-sig-api-v2 as a filter over lines, for test_node_peer.py.
//   node node_peer.js MODULES sign   sdkappid TAB identifier TAB key TAB now TAB lifetime -> usersig
//   node node_peer.js MODULES room   the same -> a PrivateMapKey for room 4711
//   node node_peer.js MODULES check  sdkappid TAB identifier TAB key TAB usersig -> "ok", or what differs from what
//                                    the package would have signed for the times in the usersig
// MODULES is the node_modules folder that holds the package.
'use strict';
const path = require('path');
const zlib = require('zlib');
const { Api } = require(path.join(path.resolve(process.argv[2]), 'tls-sig-api-v2'));

function at(now, work) {
    const clock = Date.now;
    Date.now = () => now * 1000 + 999;
    try {
        return work();
    } finally {
        Date.now = clock;
    }
}

const modes = {
    sign([sdkappid, identifier, key, now, lifetime]) {
        return at(Number(now), () => new Api(Number(sdkappid), key).genUserSig(identifier, Number(lifetime)));
    },
    room([sdkappid, identifier, key, now, lifetime]) {
        return at(Number(now), () => new Api(Number(sdkappid), key).genPrivateMapKey(identifier, Number(lifetime), 4711, 255));
    },
    check([sdkappid, identifier, key, usersig]) {
        const base64 = usersig.replace(/\*/g, '+').replace(/-/g, '/').replace(/_/g, '=');
        const claims = JSON.parse(zlib.inflateSync(Buffer.from(base64, 'base64')).toString('utf8'));
        const mac = new Api(Number(sdkappid), key)._hmacsha256(identifier, claims['TLS.time'], claims['TLS.expire'], null);
        const expected = { 'TLS.ver': '2.0', 'TLS.identifier': identifier, 'TLS.sdkappid': Number(sdkappid), 'TLS.sig': mac };
        const wrong = Object.keys(expected).filter((name) => claims[name] !== expected[name]);
        const unknown = Object.keys(claims).filter((name) => !(name in expected) && !['TLS.time', 'TLS.expire'].includes(name));
        return wrong.length + unknown.length === 0 ? 'ok' : 'differs: ' + wrong.concat(unknown).join(' ');
    },
};

const mode = modes[process.argv[3]];
if (!mode) {
    process.stderr.write('usage: node_peer.js MODULES sign|room|check\n');
    process.exit(64);
}
const lines = require('fs').readFileSync(0, 'utf8').split('\n');
if (lines.pop() !== '') {
    process.stderr.write('node_peer.js: the last line has no end\n');
    process.exit(65);
}
process.stdout.write(lines.map((line) => mode(line.split('\t')) + '\n').join(''));
