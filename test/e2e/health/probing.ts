import { setTimeout as wait } from 'node:timers/promises'
import { PROBE_NAME } from '@freshet/protocol/slo'
import { sendHeartbeats } from '../../../packages/cli/src/sources/heartbeats.ts'
import { ManagedProcess } from '../../../packages/cli/src/stack/managed-process.ts'
import { readSourceKey } from '../../../packages/cli/src/stack/source-client.ts'
import { processOf, type TestStack } from '../test-stack.ts'

const BEAT_EVERY_MS = 1_000

/** The variables of a console that probes nothing yet, in a stack whose registry has probes. */
export const WITHOUT_PROBES: Readonly<Record<string, string>> = {
  FRESHET_PROBE_EDGES: '',
  FRESHET_PROBE_KEYS_FILE: '',
}

/** Sends the heartbeats of the source of probes, which their console sends later. The returned function ends it. */
export function keepProbesHeard(stack: TestStack): () => Promise<void> {
  const ended = new AbortController()
  const { signal } = ended
  const keyFile = stack.workspace.sources[PROBE_NAME]?.keyFile ?? ''
  const beats = readSourceKey(PROBE_NAME, keyFile).then((key) =>
    sendHeartbeats({
      key,
      gateway: stack.at.gateway,
      tenants: [PROBE_NAME],
      everyMs: BEAT_EVERY_MS,
      signal,
      nowMs: () => Date.now(),
      sleep: (ms) => wait(ms, undefined, { signal }),
      onNews: () => {},
    }),
  )
  return async () => {
    ended.abort()
    await beats.catch(() => {})
  }
}

/** Starts the console of a stack again, as one that shows its probes to these edges. */
export async function probeWith(stack: TestStack, probeEdges: string): Promise<AsyncDisposable> {
  const old = processOf(stack, 'console')
  await old.stop()
  const env = {
    ...old.plan.env,
    FRESHET_PROBE_EDGES: probeEdges,
    FRESHET_PROBE_KEYS_FILE: stack.workspace.probeKeysFile ?? '',
  }
  const started = new ManagedProcess({ ...old.plan, env }, () => {})
  await started.start()
  return { [Symbol.asyncDispose]: () => started.stop() }
}
