// docs/slos.md shows the use of this mixin. node infra/run/slo-files.mjs writes its parts.
local parts = import 'parts.json';

{
  _config+:: {
    // Matchers of every query of scraped metrics, such as 'namespace="freshet"'.
    selector: '',
    // The address of the folder of the runbooks.
    runbooks: 'https://github.com/freshet/freshet/blob/main/docs/runbooks/',
    // The values of the label severity.
    page: 'page',
    ticket: 'ticket',
  },

  prometheusRules+:: filled(parts.rules),
  prometheusAlerts+:: filled(parts.alerts),
  grafanaDashboards+:: filled(parts.boards),
  // Its inhibit_rules suppress the symptoms of a cause.
  alertmanager+:: filled(parts.alertmanager),

  local config = $._config,
  local marks = config {
    also: if config.selector == '' then '' else ',' + config.selector,
    only: if config.selector == '' then '' else '{' + config.selector + '}',
  },
  local filled(value) =
    if std.isArray(value) then std.map(filled, value)
    else if !std.isObject(value) then value
    else if std.objectHas(value, '@') then std.join('', std.mapWithIndex(
      function(index, part) if index % 2 == 0 then part else marks[part],
      value['@'],
    ))
    else std.mapWithKey(function(_, each) filled(each), value),
}
