import { randomInt } from 'node:crypto'

const STEPS = 2 ** 32

/** A number from 0 to below 1 by chance, for jitter; 32 bits of it. */
export function randomShare(): number {
  return randomInt(STEPS) / STEPS
}
