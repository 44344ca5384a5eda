import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A cut-off or a denial in force, as a line of the file of its source. */
export interface CutOffLine {
  readonly op: 'cut-off' | 'deny'
  readonly scope: 'client' | 'key' | 'session'
  readonly target: string
}

/** The state of a subject at its sources. */
interface Person {
  account: 'enabled' | 'disabled'
  isHeld: boolean
}

/** Everything that the sources have in force, whatever happened to their changes. Their files state it. */
export class Truth {
  readonly #people = new Map<string, Person>()
  readonly #cutOffs = new Map<string, CutOffLine>()

  add(subject: string): void {
    this.#people.set(subject, { account: 'enabled', isHeld: false })
  }

  disable(subject: string): void {
    this.#of(subject).account = 'disabled'
  }

  hold(subject: string): void {
    this.#of(subject).isHeld = true
  }

  cutOff(line: CutOffLine): void {
    this.#cutOffs.set(JSON.stringify(line), line)
  }

  /** Writes the files of the three sources, with the lines and under the names of docs/recovery.md. */
  async writeFiles(dir: string): Promise<void> {
    const people = [...this.#people]
    const accounts = people.map(([subject, { account }]) => ({ subject, account }))
    const groups = people.map(([subject]) => ({ subject, claim: 'groups', value: ['staff'] }))
    const entitlements = people.flatMap(([subject, { isHeld }]) => [
      `${subject},entitlements,staff`,
      ...(isHeld ? [`${subject},holds,payments`] : []),
    ])
    await Promise.all([
      writeFile(join(dir, 'claims.jsonl'), linesOf(groups)),
      writeFile(join(dir, 'people.jsonl'), linesOf([...accounts, ...groups])),
      writeFile(join(dir, 'security.jsonl'), linesOf([...this.#cutOffs.values()])),
      writeFile(
        join(dir, 'entitlements.csv'),
        ['subject,claim,value', ...entitlements, ''].join('\n'),
      ),
    ])
  }

  #of(subject: string): Person {
    const person = this.#people.get(subject)
    if (person === undefined) throw new Error(`No source has ${subject}.`)
    return person
  }
}

function linesOf(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
