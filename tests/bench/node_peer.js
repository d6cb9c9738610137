// node_peer.js: the npm package tls-sig-api-v2, timed: for each line "n" on standard input it signs n usersigs and
// answers with nanoseconds for one.
//   node node_peer.js MODULES     MODULES is the node_modules folder that holds the package
'use strict';
const path = require('path');
const readline = require('readline');
const { Api } = require(path.join(path.resolve(process.argv[2]), 'tls-sig-api-v2'));

const api = new Api(1400000000, '5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e');
let signed = 0;
readline.createInterface({ input: process.stdin }).on('line', (line) => {
    const n = Number(line);
    const start = process.hrtime.bigint();
    let length = 0;
    for (let i = 0; i < n; i++) {
        length += api.genUserSig('user_' + (signed++ % 1000), 86400).length;
    }
    const spent = process.hrtime.bigint() - start;
    process.stdout.write((length > 0 ? Number(spent) / n : 0).toFixed(1) + '\n');
});
