import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { root } from './child.mjs'

/**
 * Vitest's reporter of `npm test`: writes to the file named by TEST_REPORT how many tests passed and were
 * skipped, the failures as text, and the files that failed. A file or a suite that fails before its first test and an error outside
 * of any test are failures, too.
 */
export default class Report {
  onTestRunEnd(modules, strayErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state) => tests.filter((test) => test.result().state === state)
    const suites = modules.flatMap((module) => [...module.children.allSuites()])
    const failures = [
      ...modules.flatMap((module) => said(fileOf(module), module.errors())),
      ...suites.flatMap((suite) =>
        said(`${fileOf(suite.module)}: ${suite.fullName}`, suite.errors()),
      ),
      ...inState('failed').flatMap((test) =>
        said(`${fileOf(test.module)}: ${test.fullName}`, test.result().errors),
      ),
      ...said('outside of any test', strayErrors),
    ]
    const counts = { passed: inState('passed').length, skipped: inState('skipped').length }
    const files = modules.filter((module) => !module.ok()).map(fileOf)
    writeFileSync(process.env.TEST_REPORT, JSON.stringify({ ...counts, failures, files }))
  }
}

function said(where, errors) {
  if (errors.length === 0) return []
  return [`${where}\n${errors.map(textOf).join('\n')}`]
}

function textOf({ name, message, stacks = [] }) {
  const own = stacks.filter(({ file }) => !file.includes('/node_modules/'))
  const frames = own.map(({ file, line }) => `    at ${relative(root, file)}:${line}`)
  return [`    ${name}: ${message}`, ...frames].join('\n')
}

function fileOf(module) {
  return relative(root, module.moduleId)
}
