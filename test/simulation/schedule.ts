import { elementAt } from './element.ts'

/** A process in virtual time: it yields the time until its next step. */
export type Steps = Generator<number, void, void>

interface Due {
  readonly at: number
  readonly tie: number
  readonly order: number
  readonly run: () => void
}

/** Virtual time: runs the due steps in order of time, then of `tie`, then of arrival. */
export class Schedule {
  nowMs = 0
  readonly #tie: () => number
  #order = 0
  #heap: Due[] = []

  constructor(tie: () => number = () => 0) {
    this.#tie = tie
  }

  after(delayMs: number, run: () => void): void {
    const due = { at: this.nowMs + delayMs, tie: this.#tie(), order: this.#order++, run }
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(due, elementAt(heap, parent))) break
      heap[at] = elementAt(heap, parent)
      at = parent
    }
    heap[at] = due
  }

  /** Runs until the given time, or until `isOver` returns true. */
  runUntil(endMs: number, isOver: () => boolean): void {
    while (!isOver() && this.runNext(endMs));
    if (!isOver()) this.nowMs = endMs
  }

  /** Runs the first due step, unless it is after the given time; returns whether it ran one. */
  runNext(endMs: number): boolean {
    const first = this.#heap[0]
    if (first === undefined || first.at > endMs) return false
    this.#pop()
    this.nowMs = first.at
    first.run()
    return true
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop() as Due
    if (heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(elementAt(heap, child + 1), elementAt(heap, child)))
        child++
      if (!isBefore(elementAt(heap, child), last)) break
      heap[at] = elementAt(heap, child)
      at = child
    }
    heap[at] = last
  }
}

function isBefore(a: Due, b: Due): boolean {
  if (a.at !== b.at) return a.at < b.at
  return a.tie === b.tie ? a.order < b.order : a.tie < b.tie
}
