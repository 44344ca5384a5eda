import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { root, runQuietly } from './child.mjs'

/**
 * Puts figures and plots of the last run of `npm run bench` into docs/benchmarks.md, or into the page that is named.
 * `security` is SECURITY.md, which has the table of `npm run bench -- hostile` alone.
 */
const [name = 'benchmarks'] = process.argv.slice(2)
const isSecurity = name === 'security'
const results = `${root}test/bench/results/`
const shownPage = isSecurity ? 'SECURITY.md' : `docs/${name}.md`
const page = `${root}${shownPage}`
const plots = `${root}docs/${name}/`
const BEGIN = '<!-- figures: made by infra/run/benchmarks-page.mjs -->'
const END = '<!-- end of figures -->'

const source = `${results}${isSecurity ? 'summary' : 'figures'}.md`
const figures = await readFile(source, 'utf8').catch(() => undefined)
if (figures === undefined) {
  console.error('There are no results: run `npm run bench` first.')
  process.exit(2)
}
const text = await readFile(page, 'utf8')
const [before, rest] = cut(text, BEGIN)
const [, after] = cut(rest, END)
const shown = isSecurity ? [] : await copyPlots()
const parts = [BEGIN, figures.trim(), ...shown, END]
await writeFile(page, `${before}${parts.join('\n\n')}${after}`)
const { code, output } = await runQuietly(process.execPath, [`${root}infra/run/markdown.mjs`, page])
if (code !== 0) throw new Error(output)
console.log(`wrote ${shownPage}`)

function cut(whole, mark) {
  const at = whole.indexOf(mark)
  if (at < 0) throw new Error(`${shownPage} has lost the line ${mark}`)
  return [whole.slice(0, at), whole.slice(at + mark.length)]
}

/** Returns the lines that show the plots. */
async function copyPlots() {
  const images = (await readdir(results)).filter((file) => file.endsWith('.svg')).toSorted()
  await rm(plots, { recursive: true, force: true })
  await mkdir(plots, { recursive: true })
  for (const file of images) await copyFile(`${results}${file}`, `${plots}${file}`)
  return images.map((file) => `![${file.replace('.svg', '')}](${name}/${file})`)
}
