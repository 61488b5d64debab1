// SPDX-License-Identifier: Apache-2.0
// Writes a new set of private keys for provider.mjs to a file. Arguments: the file, a prefix for the key ids.
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const [path, prefix] = process.argv.slice(2);
const jwk = (type, options, alg) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  kid: `${prefix}-${alg}`,
  alg,
  use: 'sig',
});
const keys = [jwk('rsa', { modulusLength: 2048 }, 'RS256'), jwk('ec', { namedCurve: 'P-256' }, 'ES256')];
writeFileSync(path, JSON.stringify({ keys }), { mode: 0o600 });
