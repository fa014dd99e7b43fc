/**
 * Plans: raw tables flow in; checked rows with stable new ids, and whatever cannot be taken as it is, flow out.
 * Nothing is written and nothing of the app's spaces is read here, so that a plan can be made anywhere.
 * The same files, source and scope always give the same plan.
 */
export type { PlanOptions } from './options.ts'
export { planImport } from './plan.ts'
