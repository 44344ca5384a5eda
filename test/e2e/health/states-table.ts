import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { textsOf, type AboutCause } from './shown-text.ts'
import { SURFACES, type Shown, type Surface } from './surfaces.ts'

const FOLDER = join(import.meta.dirname, '..', 'results')
const HEADINGS = ['planted', ...SURFACES]

/** The surfaces at the moment at which they agreed, and the time from the fault to the verdict of each. */
export interface Agreed {
  readonly shown: Shown
  readonly afterMs: Readonly<Partial<Record<Surface, number>>>
  /** The verdicts of the console in between, with the time of each. */
  readonly before?: ReadonlyMap<string, number>
}

/** The states of a run, each with the verdict of every surface. The run leaves them as a file. */
export class StatesTable {
  readonly #rows: (readonly string[])[] = []

  /** Adds a state. `about` picks the cause that the row is about; by default the first one. */
  add(planted: string, { shown, afterMs, before = new Map() }: Agreed, about?: AboutCause): void {
    const texts = textsOf(shown, about)
    const cells = SURFACES.map((surface) => timed(texts[surface], afterMs[surface]))
    const [health = '', ...others] = cells
    // The first one is from before the fault.
    const way = [...before].slice(1).map(([text, ms]) => timed(text, ms))
    this.#rows.push([planted, [...way, health].join('; '), ...others])
  }

  /** Writes the table to a file of this name in `test/e2e/results`. */
  async write(name: string): Promise<void> {
    const lines = [HEADINGS, HEADINGS.map(() => '---'), ...this.#rows].map(
      (row) => `| ${row.map((text) => text.replaceAll('|', '·')).join(' | ')} |\n`,
    )
    await mkdir(FOLDER, { recursive: true })
    await writeFile(join(FOLDER, `${name}.md`), lines.join(''))
  }
}

function timed(text: string, ms: number | undefined): string {
  return ms === undefined ? text : `${text} (${(ms / 1_000).toFixed(1)} s)`
}
