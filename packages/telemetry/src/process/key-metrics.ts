import { signingKeyAgeMs, type TimedKey } from '@freshet/protocol'
import { Gauge } from 'prom-client'
import { seconds } from '../prometheus/buckets.ts'
import type { Metrics } from '../prometheus/metrics.ts'

/** A kind of key that rotates (docs/keys.md). */
type KeySetName = 'tokens' | 'checkpoints' | 'stamps' | 'audit' | 'vouchers'

/** The key sets that a process signs with, by their present content. */
export type SigningKeySets = Readonly<Partial<Record<KeySetName, () => readonly TimedKey[]>>>

/** Registers the age of the key that signs now, of each set. Call once per `Metrics`. */
export function keyMetrics(
  { registry }: Metrics,
  sets: SigningKeySets,
  clock: { readonly nowMs: () => number },
): void {
  const age = new Gauge({
    name: 'freshet_signing_key_age_seconds',
    help: 'The time since the key that signs now began to sign; absent for a set without times.',
    labelNames: ['set'],
    registers: [],
    collect() {
      this.reset()
      for (const [set, keys] of Object.entries(sets)) {
        const ageMs = signingKeyAgeMs(keys(), clock.nowMs())
        if (ageMs !== undefined) this.set({ set }, seconds(ageMs))
      }
    },
  })
  registry.registerMetric(age)
}
