import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { format } from 'oxfmt'
import { root } from './child.mjs'
import { ensureBuilt } from './ensure.mjs'

/**
 * Formats pages in Markdown: by oxfmt, then without the padding that it puts into tables. `--check` writes nothing,
 * and exits with 1 if a page differs. Without paths, it takes every page of the repository.
 */
const tables = new URL('../prose/dist/tables.js', import.meta.url)
if (!existsSync(tables)) await ensureBuilt()
const { withoutPadding } = await import(tables)

const args = process.argv.slice(2)
const isCheck = args.includes('--check')
const named = args.filter((arg) => arg !== '--check')
const settings = JSON.parse(await readFile(`${root}.oxfmtrc.json`, 'utf8'))
const { ignorePatterns: _, ...options } = settings

for (const page of named.length > 0 ? named.map((path) => resolve(path)) : await allPages()) {
  const text = await readFile(page, 'utf8')
  const { code, errors } = await format(page, text, options)
  if (errors.length > 0) throw new Error(`${page}: ${errors[0].message}`)
  const formatted = withoutPadding(code)
  if (formatted === text) continue
  if (!isCheck) await writeFile(page, formatted)
  else console.log(`${relative(root, page)} is not formatted: run npm run format`)
  if (isCheck) process.exitCode = 1
}

async function allPages() {
  const { readFiles } = await import('../prose/dist/read-files.js')
  const pages = readFiles(root).filter(({ path }) => path.endsWith('.md'))
  return pages.map(({ path }) => join(root, path))
}
