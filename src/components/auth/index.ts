/**
 * Forms to sign in, to make an account, and to have a link sent.
 * What people type flows into the session store; `done` flows out when somebody is signed in.
 * They never see a token.
 */
export { default as CreateAccountForm } from './CreateAccountForm.vue'
export { default as LinkForm } from './LinkForm.vue'
export { default as PasswordForm } from './PasswordForm.vue'
