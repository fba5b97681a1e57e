// GOV.UK Frontend ships no types; of its modules we only start classes.
declare module "govuk-frontend/dist/govuk/components/*" {
  type Behaviour = import("./behaviours.ts").Behaviour;
  export const Button: Behaviour;
  export const CharacterCount: Behaviour;
  export const Checkboxes: Behaviour;
  export const ErrorSummary: Behaviour;
  export const ExitThisPage: Behaviour;
  export const NotificationBanner: Behaviour;
  export const Radios: Behaviour;
  export const ServiceNavigation: Behaviour;
  export const SkipLink: Behaviour;
}
