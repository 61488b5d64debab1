// SPDX-License-Identifier: Apache-2.0
// A certified OpenID provider on a free port of this machine, with TLS. Arguments: certificate, key, a file of private
// JWKs, a port or 0, and the certificate that vouches for clients. Prints "ready ISSUER REFRESH-TOKEN" when it serves; ends
// when its standard input does.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';

const [certificate, key, jwks, port, clientAuthority] = process.argv.slice(2);
const server = createServer({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  ca: readFileSync(clientAuthority),
  requestCert: true,
  rejectUnauthorized: false,
});
const shown = (ctx) => ctx.req.socket.getPeerCertificate();
server.listen(Number(port), '127.0.0.1', async () => {
  const issuer = `https://127.0.0.1:${server.address().port}`;
  const client = (id, more) => ({
    client_id: id,
    client_secret: `${id}-secret-that-is-long-enough-for-hs256`,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
    ...more,
  });
  const formats = { 'https://api.example': 'jwt', 'https://other.example': 'jwt', 'https://opaque.example': 'opaque' };
  const provider = new Provider(issuer, {
    jwks: JSON.parse(readFileSync(jwks)),
    clients: [
      client('ci', {}),
      client('ci-dpop', { dpop_bound_access_tokens: true }),
      client('gate', {}),
      client('gate-post', { token_endpoint_auth_method: 'client_secret_post' }),
      client('gate-jwt', { token_endpoint_auth_method: 'client_secret_jwt' }),
      client('gate-tls', { token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_subject_dn: 'CN=gate-tls' }),
    ],
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'tls_client_auth', 'none'],
    enabledJWA: { dPoPSigningAlgValues: ['RS256', 'ES256'] },
    extraTokenClaims: () => ({ groups: ['robots', 'ci'] }),
    features: {
      clientCredentials: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true },
      mTLS: {
        enabled: true,
        tlsClientAuth: true,
        getCertificate: (ctx) => shown(ctx).raw && new X509Certificate(shown(ctx).raw),
        certificateAuthorized: (ctx) => ctx.req.socket.authorized,
        certificateSubjectMatches: (ctx, property, expected) => expected === `CN=${shown(ctx).subject.CN}`,
      },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource) => ({
          scope: 'use read',
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: formats[resource],
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  provider.on('server_error', (ctx, error) => console.error(error));
  server.on('request', provider.callback());
  const refresh = new provider.RefreshToken({
    client: await provider.Client.find('ci'),
    accountId: 'alice',
    scope: 'use',
    expiresIn: 600,
  });
  console.log(`ready ${issuer} ${await refresh.save()}`);
});
process.stdin.on('end', () => process.exit(0)).resume();
