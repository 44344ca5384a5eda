import { parse } from 'yaml'
import { codeIn } from '../docs/code-blocks.ts'
import { readPage } from '../docs/pages.ts'
import { startProxy, type Proxy, type ProxyChange } from './proxy-process.ts'
import { sample, type Between, type Edits } from './sample.ts'

/** Starts Envoy with the sample configuration of `infra/envoy`, on ports of this test. */
export function startEnvoy(
  between: Between,
  { edits, ...change }: ProxyChange = {},
): Promise<Proxy> {
  return startProxy({
    program: 'envoy',
    configuration: (_dir, { port }) => sample('envoy/envoy.yaml', between, port, edits),
    fileName: 'envoy.yaml',
    // Without a base id of its own, two Envoys on one machine share memory.
    args: (_dir, file) =>
      `--config-path ${file} --concurrency 1 --log-level error --use-dynamic-base-id`.split(' '),
    ...change,
  })
}

/** The members of Istio's provider that become the filter of Envoy. */
interface Provider {
  readonly pathPrefix: string
  readonly timeout: string
  readonly failOpen: boolean
  readonly statusOnError: string
  readonly includeRequestHeadersInCheck: readonly string[]
  readonly headersToDownstreamOnDeny: readonly string[]
}

/** The provider on the page of the sidecar. */
function providerOfPage(): Provider {
  const code = codeIn(readPage('services/sidecar/README.md').text, 'yaml')
  const { extensionProviders } = parse(code) as {
    readonly extensionProviders: readonly [{ readonly envoyExtAuthzHttp: Provider }]
  }
  return extensionProviders[0].envoyExtAuthzHttp
}

function editsOf(provider: Provider): Edits {
  const patterns = (names: readonly string[]): string =>
    `patterns: [${names.map((exact) => `{ exact: ${exact} }`).join(', ')}]`
  const { includeRequestHeadersInCheck, headersToDownstreamOnDeny } = provider
  const failure = `failure_mode_allow: ${provider.failOpen}`
  return [
    [/path_override: .*/, `path_prefix: ${provider.pathPrefix}`],
    [
      /( +)failure_mode_allow: .*/,
      `$1${failure}\n$1status_on_error: { code: ${provider.statusOnError} }`,
    ],
    [/timeout: 3s/, `timeout: ${provider.timeout}`],
    [
      /(allowed_client_headers:\n +)patterns:(\n +- \{ exact.*)*/,
      `$1${patterns(headersToDownstreamOnDeny)}`,
    ],
    [
      /(allowed_headers:\n +)patterns:(\n +- \{ exact.*)*/,
      `$1${patterns(includeRequestHeadersInCheck)}`,
    ],
    [/normalize_path: true/, 'normalize_path: false'],
    [/merge_slashes: true/, 'merge_slashes: false'],
    [/(path_with_escaped_slashes_action): .*/, '$1: KEEP_UNCHANGED'],
    [/ +- name: \S+header_mutation\n[^]*?(?= +- name: \S+ext_authz)/, ''],
  ]
}

/**
 * Starts Envoy with the filter that Istio makes of the provider on the page of the sidecar: Envoy appends the path
 * of the client to the path of the question. It normalises nothing.
 */
export function startEnvoyByPrefix(between: Between): Promise<Proxy> {
  return startEnvoy(between, { edits: editsOf(providerOfPage()) })
}
