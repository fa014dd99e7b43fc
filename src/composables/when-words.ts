import { timeOf } from './sync-words.ts'

/** “today 18:30”, “yesterday 18:30”, “12 Nov 18:30”, “12 Nov 2024”. */
export function whenWords(iso: string, now = new Date()): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return 'at an unknown time'
  const days = Math.round((dayOf(now) - dayOf(date)) / 86_400_000)
  if (days === 0) return `today ${timeOf(iso)}`
  if (days === 1) return `yesterday ${timeOf(iso)}`
  const thisYear = date.getFullYear() === now.getFullYear()
  const day = date.toLocaleDateString([], {
    day: 'numeric',
    month: 'short',
    ...(thisYear ? {} : { year: 'numeric' }),
  })
  return thisYear ? `${day} ${timeOf(iso)}` : day
}

/** Midnight of a day; days are told apart by rounding, since some are an hour short or long. */
const dayOf = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
