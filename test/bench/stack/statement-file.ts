import { createWriteStream } from 'node:fs'
import { once } from 'node:events'

const GROUPS = 500
const GROUPS_EACH = 4
/** One of so many subjects has lost a group without an event. */
const LOST_EVERY = 1_000

/** Writes the groups of so many people, a line for each; `isLater`: a few have lost one since. */
export async function writeStatement(
  path: string,
  people: number,
  isLater: boolean,
): Promise<void> {
  const file = createWriteStream(path)
  for (let n = 0; n < people; n += 1)
    if (!file.write(lineOf(n, isLater && n % LOST_EVERY === 0))) await once(file, 'drain')
  file.end()
  await once(file, 'finish')
}

/** Returns the number of people who have lost a group. */
export function lostOf(people: number): number {
  return Math.ceil(people / LOST_EVERY)
}

function lineOf(n: number, hasLost: boolean): string {
  const count = hasLost ? GROUPS_EACH - 1 : GROUPS_EACH
  const value = Array.from({ length: count }, (_, at) => `group-${(n * 31 + at * 7) % GROUPS}`)
  return `${JSON.stringify({ subject: `member-${n}@acme.example`, claim: 'groups', value })}\n`
}
