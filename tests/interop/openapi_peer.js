// Validators that no one here wrote, as a filter.
//   node openapi_peer.js MODULES document FILE   validates an OpenAPI document; prints it as JSON
//   node openapi_peer.js MODULES judge FILE      lines of [where in the document, value]; a line each: null or what is wrong
//   node openapi_peer.js MODULES yaml            YAML on stdin, one document or several; prints them as a JSON list
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const [modules, mode, file] = process.argv.slice(2);
const load = (name) => require(path.join(path.resolve(modules), name));
const yaml = load('yaml');

// strict: a key that is there twice and a tag that is not known are errors
const parse = (text) => yaml.parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((document) => {
  for (const fault of [...document.errors, ...document.warnings]) throw fault;
  return document.toJS();
});

async function document() {
  const [whole] = parse(fs.readFileSync(file, 'utf8'));
  await load('@apidevtools/swagger-parser').validate(structuredClone(whole));
  process.stdout.write(JSON.stringify(whole));
}

function judge() {
  const Ajv = load('ajv/dist/2020');
  const ajv = new Ajv({ strict: false, allErrors: true });
  load('ajv-formats')(ajv);
  ajv.addSchema(parse(fs.readFileSync(file, 'utf8'))[0], 'document');
  for (const line of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
    const [where, value] = JSON.parse(line);
    const valid = ajv.validate({ $ref: `document#${where}` }, value);
    process.stdout.write(JSON.stringify(valid ? null : ajv.errorsText()) + '\n');
  }
}

const modes = { document, judge, yaml: () => process.stdout.write(JSON.stringify(parse(fs.readFileSync(0, 'utf8')))) };
Promise.resolve().then(modes[mode]).catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
