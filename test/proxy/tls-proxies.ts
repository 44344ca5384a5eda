import type { CertificateForm } from '@freshet/edge'
import { testAuthority } from '../setup/certificates.ts'
import { startCaddy } from './caddy.ts'
import { startEnvoy } from './envoy.ts'
import { startNginx } from './nginx.ts'
import { isInstalled, type Proxy, type ProxyTls } from './proxy-process.ts'
import type { Between, Edits } from './sample.ts'

/** A proxy that ends the TLS connections of clients, by the lines of `docs/foreign.md`. */
export interface TlsProxyKind {
  readonly name: string
  /** The header into which the proxy writes the certificate of the client, and its form. */
  readonly header: string
  readonly form: CertificateForm
  readonly start: (between: Between) => Promise<Proxy>
}

/** The service behind the proxies, by the name in their certificate. */
export const SERVICE_NAME = 'pay.test'
const authority = testAuthority('Freshet test proxies')
const tls: ProxyTls = {
  ...authority.issue({ commonName: SERVICE_NAME, names: [SERVICE_NAME] }),
  client: { ca: authority.ca, servername: SERVICE_NAME },
}

/** Requests a certificate from each client, of any issuer. */
const NGINX_TLS: Edits = [
  [
    /listen (\S+);/,
    'listen $1 ssl; ssl_certificate server.pem; ssl_certificate_key server.key; ssl_verify_client optional_no_ca;',
  ],
]
const NGINX_HEADER: Edits = [
  [
    /proxy_set_header X-Original-URI .*/,
    '$& proxy_set_header X-Client-Cert $$ssl_client_escaped_cert;',
  ],
]
const CADDY: Edits = [
  [
    /http:\/\/127\.0\.0\.1:(\d+) \{/,
    `https://${SERVICE_NAME}:$1 {\ntls server.pem server.key {\nclient_auth {\nmode request\n}\n}`,
  ],
  [/uri \/authz.*/, '$&\nheader_up X-Client-Cert {http.request.tls.client.certificate_der_base64}'],
]
const ENVOY: Edits = [
  [/( +)stat_prefix: payments/, '$&\n$1forward_client_cert_details: SANITIZE_SET'],
  [/( +)- \{ exact: dpop \}/, '$&\n$1- { exact: x-forwarded-client-cert }'],
  [
    /- filters:/,
    `- transport_socket:
            name: envoy.transport_sockets.tls
            typed_config:
              '@type': type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates:
                  - certificate_chain: { filename: server.pem }
                    private_key: { filename: server.key }
                validation_context: { trust_chain_verification: ACCEPT_UNTRUSTED }
          filters:`,
  ],
]

const nginx: TlsProxyKind = {
  name: 'nginx',
  header: 'x-client-cert',
  form: 'pem-url-encoded',
  start: (between) => startNginx(between, { tls, edits: [...NGINX_TLS, ...NGINX_HEADER] }),
}

/** An nginx that forwards the header as the client sent it, against `docs/foreign.md`. */
export const carelessNginx: TlsProxyKind = {
  ...nginx,
  start: (between) => startNginx(between, { tls, edits: NGINX_TLS }),
}

const proxies: readonly (readonly [program: string, version: string, TlsProxyKind])[] = [
  ['nginx', '-v', nginx],
  [
    'caddy',
    'version',
    {
      name: 'Caddy',
      header: 'x-client-cert',
      form: 'der-base64',
      start: (between) => startCaddy(between, { tls, edits: CADDY }),
    },
  ],
  [
    'envoy',
    '--version',
    {
      name: 'Envoy',
      header: 'x-forwarded-client-cert',
      form: 'envoy',
      start: (between) => startEnvoy(between, { tls, edits: ENVOY }),
    },
  ],
]

/** The proxies that can run on this machine. */
export const installedTls: readonly TlsProxyKind[] = proxies
  .filter(([program, version]) => isInstalled(program, version))
  .map(([, , kind]) => kind)

/** The certificates that a client of such a proxy trusts. */
export const TRUSTED: ProxyTls['client'] = tls.client
