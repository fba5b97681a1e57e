/**
 * The script of every page: GOV.UK Frontend's behaviours, and only those our pages use.
 *
 * What every page has comes at once; what only forms and notices have (`forms.ts`) comes when the
 * page holds one. File upload stays the browser's own field: the enhanced one names its button by
 * itself, which assistive technology reads twice. No page needs this file; it only makes them kinder.
 */
import { Button } from "govuk-frontend/dist/govuk/components/button/button.mjs";
import { ServiceNavigation } from "govuk-frontend/dist/govuk/components/service-navigation/service-navigation.mjs";
import { SkipLink } from "govuk-frontend/dist/govuk/components/skip-link/skip-link.mjs";
import { start } from "./behaviours.ts";

start(Button, ServiceNavigation, SkipLink);

const rarer = ["character-count", "checkboxes", "error-summary", "exit-this-page", "notification-banner", "radios"];
if (document.querySelector(rarer.map((name) => `[data-module="govuk-${name}"]`).join())) {
  void import("./forms.ts");
}
