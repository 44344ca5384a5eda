import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './child.mjs'
import { declarationsIn } from './declarations.mjs'

/**
 * Writes the declarations that packages of applications export into `infra/api`. With `--check` it writes nothing, and
 * fails if one differs. So a change of the API is in the diff of its commit, and no other change alters it. Another folder
 * than `infra/api` can be given.
 */
const args = process.argv.slice(2)
const isCheck = args.includes('--check')
const stored = args.find((arg) => !arg.startsWith('--')) ?? join(root, 'infra', 'api')
/** The packages that applications import. `wire` and `protocol` are behind them. */
const APPLICATION = ['edge', 'kafka', 'testing']

for (const name of APPLICATION) {
  const folder = join(root, 'packages', name)
  const file = join(stored, `${name}.txt`)
  const text = await apiOf(folder)
  const before = await readFile(file, 'utf8').catch(() => '')
  if (text === before) continue
  if (isCheck) {
    process.exitCode = 1
    console.log(
      `The exports of ${name} changed. Run node infra/run/api.mjs after a build, and commit infra/api.`,
    )
    for (const line of changedLines(before, text)) console.log(line)
    continue
  }
  await mkdir(stored, { recursive: true })
  await writeFile(file, text)
}

async function apiOf(folder) {
  const { name, exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const parts = []
  for (const [entry, { types }] of Object.entries(exports)) {
    const declarations = await declarationsIn(folder, types)
    const sorted = [...declarations].toSorted(([a], [b]) => (a < b ? -1 : 1))
    parts.push(`// ${join(name, entry)}\n`, ...sorted.map(([, text]) => `${text}\n`))
  }
  return parts.join('\n')
}

/** The lines that only one of two texts has. */
function changedLines(before, after) {
  const [old, present] = [before.split('\n'), after.split('\n')]
  return [
    ...old.filter((line) => !present.includes(line)).map((line) => `- ${line}`),
    ...present.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ]
}
