// mockttp as a proxy: `pass` sends calls on, `replay` answers them from a map of our benchmarks'
// chains (bodies.py), by the hash of the request.
//
//   node mockttp.mjs PORT CA_FOLDER pass
//   node mockttp.mjs PORT CA_FOLDER replay FOLDER
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as mockttp from 'mockttp';

const [port, caFolder, way, folder] = process.argv.slice(2);
const certificate = path.join(caFolder, 'mockttp.pem');
const key = path.join(caFolder, 'mockttp.key');
if (!fs.existsSync(certificate)) {
  const made = await mockttp.generateCACertificate();
  fs.writeFileSync(key, made.key);
  fs.writeFileSync(certificate, made.cert);
}
const server = mockttp.getLocal({
  https: { keyPath: key, certPath: certificate },
  recordTraffic: false,
});

if (way === 'pass') {
  await server.forAnyRequest().thenPassThrough({ ignoreHostHttpsErrors: true });
} else {
  const answers = recorded(folder);
  await server.forAnyRequest().thenCallback(async (request) => {
    const body = answers.get(hash(request.body.buffer));
    if (!body) return { statusCode: 404, body: 'no recorded answer' };
    const headers = { 'content-type': 'application/json', 'content-length': `${body.length}` };
    return { statusCode: 200, headers, rawBody: body };
  });
}
await server.start(Number(port));
process.on('SIGTERM', () => process.exit(0));

function hash(body) {
  return crypto.createHash('sha256').update(body).digest('base64');
}

function recorded(folder) {
  const requests = fs.readFileSync(path.join(folder, 'requests'));
  const answers = fs.readFileSync(path.join(folder, 'answers'));
  const found = new Map();
  for (const chain of JSON.parse(fs.readFileSync(path.join(folder, 'index.json'), 'utf8'))) {
    for (const [, request, answer, requestSize, answerSize] of chain) {
      const asked = requests.subarray(request, request + requestSize);
      found.set(hash(asked), answers.subarray(answer, answer + answerSize));
    }
  }
  return found;
}
