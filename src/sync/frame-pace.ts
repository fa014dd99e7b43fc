import { callAll } from 'lib0/function'

/**
 * When live queries run: at once when something changes, and after that at most once in a frame, however often it
 * changes. A page that nobody sees gets no frames; what is due runs when it is shown again.
 */
export class FramePace {
  #due: (() => void)[] = []
  #isAsked = false
  #isResting = false

  readonly schedule = (run: () => void): void => {
    this.#due.push(run)
    if (this.#isAsked) return
    this.#isAsked = true
    if (this.#isResting || isHidden()) onNextFrame(this.#run)
    else queueMicrotask(this.#run)
  }

  readonly #run = (): void => {
    const due = this.#due
    this.#due = []
    this.#isAsked = false
    this.#isResting = true
    onNextFrame(this.#rest)
    // All run, also when one throws.
    callAll(due, [])
  }

  readonly #rest = (): void => {
    this.#isResting = false
  }
}

const isHidden = (): boolean => typeof document !== 'undefined' && document.hidden

/** Outside of a browser there are no frames, and nobody who would see them. */
function onNextFrame(callback: () => void): void {
  if (typeof requestAnimationFrame === 'function') requestAnimationFrame(callback)
  else setTimeout(callback)
}
