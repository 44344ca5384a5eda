import { performance } from 'node:perf_hooks'
import pc from 'picocolors'

/** One step of the story as data. */
export interface StoryStep {
  readonly step: string
  readonly held: boolean
  readonly ms: number
  readonly detail: Readonly<Record<string, unknown>>
}

/** The finding of a step: whether it held, and the lines to show. */
export interface StepFinding {
  readonly held: boolean
  readonly lines?: readonly string[]
  readonly detail?: Readonly<Record<string, unknown>>
  /** The fact that the step proves, with its figures: the end of the story repeats it. */
  readonly fact?: string
}

/** Prints the story as it happens, and keeps it as data. */
export class Story {
  readonly #write: (line: string) => void
  readonly #steps: StoryStep[] = []
  readonly #facts: string[] = []

  constructor(write: (line: string) => void) {
    this.#write = write
  }

  get steps(): readonly StoryStep[] {
    return this.#steps
  }

  /** The facts of the steps that succeeded, in their order. */
  get facts(): readonly string[] {
    return this.#facts
  }

  get allHeld(): boolean {
    return this.#steps.length > 0 && this.#steps.every(({ held }) => held)
  }

  note(line: string): void {
    this.#write(pc.dim(`     ${line}`))
  }

  /** Runs a step, measures it and prints its outcome; an error is an outcome that does not hold. */
  async step(sentence: string, work: () => Promise<StepFinding>): Promise<void> {
    const startMs = performance.now()
    const finding = await work().catch((error: unknown) => ({
      held: false,
      lines: [error instanceof Error ? error.message : String(error)],
    }))
    const ms = Math.round((performance.now() - startMs) * 10) / 10
    const { held, lines = [] } = finding
    const detail = 'detail' in finding && finding.detail ? finding.detail : {}
    if (held && 'fact' in finding && finding.fact !== undefined) this.#facts.push(finding.fact)
    this.#steps.push({ step: sentence, held, ms, detail })
    const number = String(this.#steps.length).padStart(2)
    const mark = held ? pc.green('✓') : pc.red('✗')
    this.#write(`${number} ${mark} ${sentence} ${pc.dim(`(${format(ms)})`)}`)
    for (const line of lines) this.#write(`     ${line}`)
  }
}

function format(ms: number): string {
  return ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`
}
