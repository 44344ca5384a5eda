import { expect } from 'vitest'
import { statusOfRaw } from '@freshet/testkit'
import type { TestStack } from '../test-stack.ts'
import type { Plant } from './plants.ts'

/** A check of `/readyz` of one service of a stack. */
export interface ReadinessCheck {
  readonly service: 'console' | 'reconciler'
  readonly check: 'kafka' | 'postgres'
}

/** A slow machine gets a question through late. */
const ANSWERED_WITHIN = { timeout: 30_000 }

/** Returns the plant of a fault that a check of `/readyz` finds: it fails before the fault ends, and then succeeds. */
export function foundByReadiness(
  { at }: TestStack,
  { service, check }: ReadinessCheck,
  plant: Plant,
): Plant {
  const answers = (): Promise<number> => statusOfRaw(at[service], `GET /readyz/${check}`)
  return async () => {
    await expect.poll(answers, ANSWERED_WITHIN).toBe(200)
    const end = await plant()
    return async () => {
      const found = await answers()
      await end()
      expect(found).toBe(503)
      await expect.poll(answers, ANSWERED_WITHIN).toBe(200)
    }
  }
}
