import { startProxy, type Proxy } from './proxy-process.ts'
import { sample, type Between } from './sample.ts'

/** Starts Envoy with the sample configuration of `infra/envoy`, on ports of this test. */
export function startEnvoy(between: Between): Promise<Proxy> {
  return start(between, (text) => text)
}

/**
 * Starts Envoy as many tutorials configure it: Envoy appends the path of the client to the path of the
 * question and normalises nothing.
 */
export function startEnvoyByPrefix(between: Between): Promise<Proxy> {
  return start(between, byPrefix)
}

function start(between: Between, edit: (text: string) => string): Promise<Proxy> {
  return startProxy({
    program: 'envoy',
    configuration: async (_dir, { port }) => edit(await sample('envoy/envoy.yaml', between, port)),
    fileName: 'envoy.yaml',
    // Without a base id of its own, two Envoys on one machine share memory.
    args: (_dir, file) =>
      `--config-path ${file} --concurrency 1 --log-level error --use-dynamic-base-id`.split(' '),
  })
}

function byPrefix(text: string): string {
  const edits: readonly (readonly [pattern: RegExp, by: string])[] = [
    [/path_override: .*/, 'path_prefix: /authz/generic'],
    [/normalize_path: true/, 'normalize_path: false'],
    [/merge_slashes: true/, 'merge_slashes: false'],
    [/(path_with_escaped_slashes_action): .*/, '$1: KEEP_UNCHANGED'],
    [/ +- name: \S+header_mutation\n[^]*?(?= +- name: \S+ext_authz)/, ''],
  ]
  for (const [pattern] of edits)
    if (!pattern.test(text)) throw new Error(`The sample of Envoy has no ${String(pattern)}.`)
  return edits.reduce((edited, [pattern, by]) => edited.replace(pattern, by), text)
}
