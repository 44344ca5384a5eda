import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { root, runQuietly } from './child.mjs'
import { ensureBuilt, npm } from './ensure.mjs'
import { bytesOf, installedBelow } from './installed-below.mjs'
import { publishedFolders, stage } from './stage.mjs'

/**
 * Packs the packages that users install, into `dist/packages` or the folder that is given. `--json` prints the report
 * of npm, with the list of files. `--built`: the caller has built everything.
 */
async function main(args) {
  const given = args.find((arg) => !arg.startsWith('--'))
  if (!args.includes('--built')) await ensureBuilt()
  const into = resolve(given ?? join(root, 'dist', 'packages'))
  const { code, output } = await packInto(into)
  if (code !== 0) {
    console.error(output)
    console.error(`npm pack failed with exit code ${code}.`)
    process.exitCode = 1
    return
  }
  if (args.includes('--json')) console.log(output)
  else console.log(await tableOf(JSON.parse(output), into))
}

async function packInto(into) {
  const work = await mkdtemp(join(tmpdir(), 'freshet-pack-'))
  try {
    await mkdir(into, { recursive: true })
    const folders = await publishedFolders(root)
    const staged = folders.map((folder) => join(work, basename(folder)))
    for (const [index, folder] of folders.entries()) await stage(root, folder, staged[index])
    const options = ['--json', '--loglevel=error', '--ignore-scripts', `--pack-destination=${into}`]
    return await runQuietly(...npm(['pack', ...staged, ...options]))
  } finally {
    await rm(work, { recursive: true })
  }
}

async function tableOf(report, into) {
  const rows = await Promise.all(Object.values(report).map((each) => rowsOf(each, into)))
  return rows.flat().join('\n')
}

async function rowsOf({ id, name, filename, size, unpackedSize, entryCount, bundled }, into) {
  const all = await installedBelow([join(root, 'node_modules', name)])
  const others = all.filter((each) => !each.name.startsWith('@freshet/'))
  const bytes = (
    await Promise.all(others.map(({ folder }) => bytesOf(folder, 'node_modules')))
  ).reduce(sum, 0)
  const named = others.map((each) => `${each.name}@${each.version}`).toSorted()
  const carried = bundled.length === 0 ? [] : [`  carries ${bundled.toSorted().join(', ')}`]
  return [
    `${id}: ${entryCount} files, ${kB(size)} packed, ${kB(unpackedSize)} unpacked, ${join(into, filename)}`,
    ...carried,
    `  beside ours ${others.length} packages, ${kB(bytes)} ${named.join(', ')}`,
  ]
}

function sum(total, size) {
  return total + size
}

function kB(bytes) {
  return `${(bytes / 1_000).toFixed(0)} kB`
}

await main(process.argv.slice(2))
