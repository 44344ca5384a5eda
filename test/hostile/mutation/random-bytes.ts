import type { Random } from '../../simulation/random.ts'

/** Returns so many bytes of any value. */
export function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)))
}
