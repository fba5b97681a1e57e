/** Starts GOV.UK Frontend's behaviours on the elements that ask for them by `data-module`. */

/** A behaviour of GOV.UK Frontend: a class that takes hold of one element. */
export interface Behaviour {
  readonly moduleName: string;
  new (root: Element): object;
}

/**
 * Starts each behaviour on every element of the page that names it.
 *
 * GOV.UK Frontend's own `createAll` brings all fourteen components with it, used or not.
 */
export function start(...behaviours: Behaviour[]): void {
  if (!document.body.classList.contains("govuk-frontend-supported")) {
    return; // a browser too old for the design system: the page works as plain HTML
  }
  for (const behaviour of behaviours) {
    for (const element of document.querySelectorAll(`[data-module="${behaviour.moduleName}"]`)) {
      new behaviour(element);
    }
  }
}
