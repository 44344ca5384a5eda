import type { TestProject } from 'vitest/node'

/** A soak starts the servers of its own: the stacks of other suites have none here. */
export function setup(project: TestProject): void {
  project.provide('stackBrokers', null)
}
