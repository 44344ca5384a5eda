import { readFile, writeFile } from 'node:fs/promises'
import { CONTROLS } from '../controls.ts'
import { inPool } from '../system/pool.ts'
import { isAsItMust, type Control, type Found } from './control.ts'

const PAGE = new URL('../../../../docs/simulation.md', import.meta.url)
const BEGIN = '<!-- controls: npm run sim -- --controls --write -->\n'
const END = '<!-- end of controls -->'

/** Reads the table of docs/simulation.md. Returns the seed of a control there, if it has one. */
export function seedsIn(page: string): (control: Control) => number | undefined {
  const table = page.slice(page.indexOf(BEGIN), page.indexOf(END))
  const rows = table.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  return (control) => {
    const found = rows.find(
      ([, rule, without]) => rule === control.rule && without === control.without,
    )
    return found && Number(found[5])
  }
}

/** The answer of a worker: a control by its number, because a guard cannot be sent. */
export type FoundAt = Omit<Found, 'control'> & { readonly index: number }

/** Runs the control of each guard, on all cores; resolves with the exit code. */
export async function runControls(mayWrite: boolean, workers: number): Promise<number> {
  const worker = new URL('worker.js', import.meta.url)
  const answers = await inPool<FoundAt>({ worker, workers }, [...CONTROLS.keys()], printFound)
  const all = answers.flatMap(foundAt)
  process.stdout.write(tableOf(all))
  if (mayWrite) await writeTable(tableOf(all))
  return all.every(isAsItMust) ? 0 : 1
}

function foundAt({ index, seed, violation }: FoundAt): readonly Found[] {
  const control = CONTROLS[index]
  return control === undefined ? [] : [{ control, seed, violation }]
}

function printFound(answer: FoundAt): void {
  for (const { control, seed, violation } of foundAt(answer)) {
    const what = violation ? `seed ${seed}: ${violation.invariant} ${violation.what}` : 'nothing'
    process.stderr.write(`rule ${control.rule}, ${control.without}, ${control.mix}: ${what}\n`)
  }
}

function tableOf(all: readonly Found[]): string {
  const rows = all.map(({ control, seed, violation }) => [
    control.rule,
    control.without,
    control.mix,
    violation?.invariant ?? 'nothing',
    String(seed),
  ])
  const head = ['rule', 'without it', 'mix', 'falls', 'at seed']
  const separators = head.map(() => '---')
  return [head, separators, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}

async function writeTable(table: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8')
  const [before = ''] = page.split(BEGIN)
  const after = page.slice(page.indexOf(END))
  await writeFile(PAGE, `${before}${BEGIN}\n${table}\n${after}`)
}
