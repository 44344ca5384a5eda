import { readFile } from 'node:fs/promises'
import { startStack, type Stack } from '@freshet/cli/stack'
import { sampleOf } from '../measure/prometheus-histogram.ts'
import type { BenchContext } from '../scenario.ts'
import type { FloodedService } from './assault.ts'

/** Starts every process of the stack, with sources that send heartbeats to the gateway. */
export async function startAttackedStack(context: BenchContext): Promise<Stack> {
  const [{ brokers }, postgres] = await Promise.all([context.kafka(), context.postgres()])
  const stack = await startStack({
    dir: await context.tempDir(),
    signal: context.signal,
    stores: { brokers, databaseUrl: postgres.url },
    onStep: (sentence) => context.progress(sentence),
    onDeath: (name, what) => context.progress(`${name} died: ${what}`),
  })
  context.defer(() => stack.stop())
  return stack
}

/** Returns the `kid` of the key that signs vouchers. */
export async function voucherKidOf({ workspace }: Stack): Promise<string> {
  const text = await readFile(workspace.voucherJwksFile, 'utf8')
  const { keys } = JSON.parse(text) as { readonly keys: readonly { readonly kid: string }[] }
  return keys[0]?.kid ?? ''
}

/** Returns the processor time of a service since its start, in seconds. */
export async function cpuSecondsOf({ at }: Stack, service: FloodedService): Promise<number> {
  const text = await (await fetch(new URL('/metrics', at[service]))).text()
  return sampleOf(text, 'process_cpu_seconds_total')
}
