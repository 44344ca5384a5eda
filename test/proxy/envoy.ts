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

const BY_PREFIX: Edits = [
  [/path_override: .*/, 'path_prefix: /authz/generic'],
  [/normalize_path: true/, 'normalize_path: false'],
  [/merge_slashes: true/, 'merge_slashes: false'],
  [/(path_with_escaped_slashes_action): .*/, '$1: KEEP_UNCHANGED'],
  [/ +- name: \S+header_mutation\n[^]*?(?= +- name: \S+ext_authz)/, ''],
]

/**
 * Starts Envoy in the configuration of many tutorials: Envoy appends the path of the client to the path of
 * the question and normalises nothing.
 */
export function startEnvoyByPrefix(between: Between): Promise<Proxy> {
  return startEnvoy(between, { edits: BY_PREFIX })
}
