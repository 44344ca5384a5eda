import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { root, runQuietly } from '../run/child.mjs'
import { npm } from '../run/ensure.mjs'
import { bytesOf } from '../run/installed-below.mjs'
import { writeApp } from './app-tree.mjs'
import { writeSystem } from './system-files.mjs'

const MB = 1_000_000

/**
 * Writes the root folder of the image into an empty folder. The clone is installed and built. The Containerfile runs this
 * program, and its last stage has nothing but this folder. A test runs the services in it by chroot.
 */
async function main([given]) {
  process.umask(0o022)
  if (given === undefined) throw new Error('Name an empty folder: build-root.mjs DIR')
  const into = resolve(given)
  await mkdir(into, { recursive: true })
  if ((await readdir(into)).length > 0) throw new Error(`${into} is not empty.`)
  const app = join(into, 'app')
  await mkdir(app)
  // Every built service answers the same at /v1/version.
  const { version, commit } = (await import('../../packages/runtime/dist/index.js')).BUILD
  await writeSystem(into)
  await writeApp(root, app, version)
  await writeFile(join(app, 'sbom.cdx.json'), await billOf(app))
  const [all, own] = await Promise.all([bytesOf(into), bytesOf(app)])
  console.log(
    `${into}: version ${version}, commit ${commit}, ${mb(all)}, of it the program ${mb(own)}`,
  )
}

/** The software bill of materials of the installed tree. npm names the whole by the folder. */
async function billOf(app) {
  const options = [
    '--sbom-format=cyclonedx',
    '--sbom-type=application',
    '--loglevel=error',
    `--prefix=${app}`,
  ]
  const { code, output } = await runQuietly(...npm(['sbom', ...options]))
  if (code !== 0) throw new Error(`npm sbom failed with exit code ${code}: ${output}`)
  const bill = JSON.parse(output)
  bill.metadata.component.name = 'freshet'
  return `${JSON.stringify(bill, null, 2)}\n`
}

function mb(bytes) {
  return `${(bytes / MB).toFixed(1)} MB`
}

await main(process.argv.slice(2))
