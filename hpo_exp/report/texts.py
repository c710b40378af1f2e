"""What the pages say, in English and in Portuguese; names in files and data stay as they are."""

from hpo_exp.report.data_texts import DATA_TEXTS
from hpo_exp.report.dispatch_texts import DISPATCH_TEXTS
from hpo_exp.report.figure_texts import FIGURES
from hpo_exp.report.language import Text

NAMES = {
    "model": Text("model", "modelo"),
    "persistence": Text("persistence (last known hour)", "persistência (última hora conhecida)"),
    "seasonal_day": Text("same hour, day before", "mesma hora do dia anterior"),
    "seasonal_week": Text("same hour, week before", "mesma hora da semana anterior"),
    "ridge": Text("ridge regression", "regressão ridge"),
    "gradient_boosting": Text("gradient boosting", "gradient boosting"),
    "lightgbm": Text("LightGBM", "LightGBM"),
    "threshold_rule": Text("threshold rule", "regra de limiar"),
    "perfect": Text("perfect foresight", "previsão perfeita"),
    "realised": Text("what hydro really gave", "hidráulica verificada"),
}

SOURCES = {
    "seed": Text("the notebook's own simulation", "a simulação do próprio notebook"),
    "demo": Text("a simulated demonstration series", "uma série simulada de demonstração"),
    "ons": Text(
        "official ONS load and energy balance (and INMET weather, where there is a station)",
        "carga e balanço de energia oficiais do ONS (e clima do INMET, onde há estação)",
    ),
    "csv": Text("a file of the user's", "um arquivo do usuário"),
}

TEXTS = FIGURES | DATA_TEXTS | DISPATCH_TEXTS | {
    # ------------------------------------------------------------------------------- the page
    "report": Text("Load forecast report", "Relatório de previsão de carga"),
    "no_script": Text(
        "The figures and the choice of language need JavaScript; the tables do not.",
        "As figuras e a escolha do idioma precisam de JavaScript; as tabelas, não.",
    ),
    "simulated": Text("SIMULATED DATA", "DADOS SIMULADOS"),
    "simulated_means": Text(
        "These series are made up, not measured. Nothing on this page says how well a real load "
        "is forecast or a real plant dispatched.",
        "Estas séries são inventadas, não medidas. Nada nesta página diz quão bem se prevê uma "
        "carga real ou se despacha uma usina real.",
    ),
    "simulated_run": Text("SIMULATED", "SIMULADOS"),
    "measured": Text("Measured data", "Dados medidos"),
    "subsystem": Text("Subsystem", "Subsistema"),
    "data": Text("Data", "Dados"),
    "data_period": Text("{rows:,} hours, {start} to {end}", "{rows:,} horas, de {start} a {end}"),
    "test_period": Text("Test period", "Período de teste"),
    "test_hours": Text(
        "{start} to {end}: {hours:,} hours that the search never saw",
        "de {start} a {end}: {hours:,} horas que a busca nunca viu",
    ),
    "unmeasured": Text(
        "{hours:,} of its hours have no measured load and are not scored",
        "{hours:,} de suas horas não têm carga medida e não são avaliadas",
    ),
    "forecast_is": Text("Forecast", "Previsão"),
    "next_hour": Text(
        "issued every hour for the next hour", "emitida a cada hora para a hora seguinte"
    ),
    "next_hours": Text(
        "issued every hour for the next {horizon} hours",
        "emitida a cada hora para as próximas {horizon} horas",
    ),
    "once_a_day": Text(
        "issued once a day at {issue:02d}:00 for the next {horizon} hours",
        "emitida uma vez ao dia, às {issue:02d}:00, para as próximas {horizon} horas",
    ),
    "judged_all": Text(
        "errors on this page are those of all {horizon} hours ahead together",
        "os erros desta página são os de todas as {horizon} horas à frente em conjunto",
    ),
    "judged_step": Text(
        "errors on this page are those of step {first}, the last of {first} hours ahead",
        "os erros desta página são os do passo {first}, a última de {first} horas à frente",
    ),
    "judged_inner_step": Text(
        "errors on this page are those of step {first}, that is {first} h ahead",
        "os erros desta página são os do passo {first}, isto é, {first} h à frente",
    ),
    "judged_steps": Text(
        "errors on this page are those of steps {first} to {last}, that is {first} to {last} h "
        "ahead",
        "os erros desta página são os dos passos {first} a {last}, isto é, de {first} a {last} h "
        "à frente",
    ),
    "judged_day": Text(
        "errors on this page are those of steps {first} to {last}, the 24 hours of the next "
        "calendar day",
        "os erros desta página são os dos passos {first} a {last}, as 24 horas do dia seguinte",
    ),
    "hour_labels": Text(
        "an hour is named by its start, in the data's own time",
        "uma hora é identificada por seu início, no horário dos próprios dados",
    ),
    "search_is": Text("Search", "Busca"),
    "trials_done": Text(
        "trials: {complete:,} complete, {pruned:,} pruned, {failed:,} failed; in {time}",
        "tentativas: {complete:,} completas, {pruned:,} podadas, {failed:,} com falha; em {time}",
    ),
    "started": Text("Run started", "Início da execução"),
    "code": Text("Code revision", "Revisão do código"),
    "data_hash": Text("Data SHA-256", "SHA-256 dos dados"),
    "not_recorded": Text("not recorded", "não registrado"),
    "notes": Text("Notes on the data ({count:,})", "Observações sobre os dados ({count:,})"),
    "notes_none": Text("The reader found nothing to note.", "A leitura nada encontrou a observar."),
    "notes_kept": Text(
        "Gaps, disagreements between sources and other findings, as the reader wrote them down "
        "(in English).",
        "Lacunas, divergências entre as fontes e outros achados, como a leitura os anotou "
        "(em inglês).",
    ),
    "filled": Text(
        "Input hours filled in the test period: {filled}",
        "Horas de entrada preenchidas no período de teste: {filled}",
    ),
    "inputs": Text("Inputs read: {names}", "Entradas lidas: {names}"),
    "absent": Text("Not in these data: {names}", "Ausentes nestes dados: {names}"),
    "files": Text("Files read ({count:,})", "Arquivos lidos ({count:,})"),
    "yes": Text("yes", "sim"),
    "no": Text("no", "não"),
    # -------------------------------------------------------------------------- in a few words
    "in_short": Text("In short", "Em resumo"),
    "off_by": Text(
        "Over {hours:,} hours of the test period the model was off by {mae:q} MW on average, "
        "{mape:q} % of the load.",
        "Em {hours:,} horas do período de teste o modelo errou em média {mae:q} MW, "
        "{mape:q} % da carga.",
    ),
    "better": Text(
        "Its RMSE is {percent:.1f} % smaller than that of the best baseline, {name}.",
        "Seu RMSE é {percent:.1f} % menor que o da melhor referência: {name}.",
    ),
    "worse": Text(
        "Its RMSE is {percent:.1f} % larger than that of the best baseline, {name}: on these "
        "hours the baseline is the better forecast.",
        "Seu RMSE é {percent:.1f} % maior que o da melhor referência ({name}): nestas horas a "
        "referência prevê melhor.",
    ),
    "no_skill": Text(
        "The best baseline, {name}, makes no error to speak of on these data (RMSE {rmse:q} MW), "
        "so no gain over it can be told.",
        "A melhor referência ({name}) praticamente não erra nestes dados (RMSE {rmse:q} MW), "
        "portanto não há ganho a informar.",
    ),
    "not_chance": Text(
        "That is more than chance (Diebold-Mariano, p {p}): the RMSE's difference lies between "
        "{low:+,.0f} and {high:+,.0f} MW (95 %, bootstrap of weeks).",
        "Isso é mais que acaso (Diebold-Mariano, p {p}): a diferença de RMSE está entre "
        "{low:+,.0f} e {high:+,.0f} MW (95 %, bootstrap de semanas).",
    ),
    "chance": Text(
        "That may be chance (Diebold-Mariano, p {p}): the RMSE's difference lies between "
        "{low:+,.0f} and {high:+,.0f} MW (95 %, bootstrap of weeks).",
        "Isso pode ser acaso (Diebold-Mariano, p {p}): a diferença de RMSE está entre "
        "{low:+,.0f} e {high:+,.0f} MW (95 %, bootstrap de semanas).",
    ),
    "pooled_too": Text(
        "Over all {horizon} steps together its RMSE is {rmse:q} MW; its skill against {name} is "
        "{percent:+.1f} % (p {p}).",
        "Em todos os {horizon} passos em conjunto seu RMSE é {rmse:q} MW; seu ganho sobre {name} "
        "é {percent:+.1f} % (p {p}).",
    ),
    "dispatched": Text(
        "Dispatching hydro on its forecasts cost {regret:q} {unit} more than perfect foresight, "
        "{share}.",
        "Despachar a hidráulica por suas previsões custou {regret:q} {unit} a mais que a previsão "
        "perfeita, {share}.",
    ),
    "tile_rmse": Text("RMSE of the model", "RMSE do modelo"),
    "tile_rmse_note": Text("best baseline: {rmse:q} MW", "melhor referência: {rmse:q} MW"),
    "tile_mape": Text("MAPE", "MAPE"),
    "tile_mape_note": Text("mean error: {mae:q} MW", "erro médio: {mae:q} MW"),
    "tile_skill": Text("Skill against the best baseline", "Ganho sobre a melhor referência"),
    "tile_skill_note": Text(
        "how much smaller its RMSE is than that of {name}",
        "quanto seu RMSE é menor que o de: {name}",
    ),
    "tile_skill_none": Text(
        "the best baseline makes no error to compare with",
        "a melhor referência não tem erro com que comparar",
    ),
    "tile_regret": Text("Dispatch regret", "Custo extra do despacho (regret)"),
    "tile_regret_note": Text(
        "above perfect foresight: {hourly:q} {unit} in a mean hour, {share}",
        "acima da previsão perfeita: {hourly:q} {unit} em uma hora média, {share}",
    ),
    "share_energy": Text("{share:.2f} % of the load", "{share:.2f} % da carga"),
    "share_money": Text("{share:q} {unit} per MWh of load", "{share:q} {unit} por MWh de carga"),
    "tile_violations": Text("Below minimum generation", "Abaixo da geração mínima"),
    "tile_violations_note": Text(
        "of {hours:,} hours dispatched by the model; {others:,} in which another limit was broken",
        "de {hours:,} horas despachadas pelo modelo; {others:,} com outro limite quebrado",
    ),
    # ----------------------------------------------------------------------------- leaderboard
    "leaderboard": Text("Leaderboard", "Classificação"),
    "leaderboard_caption": Text(
        "Every forecast on the same test hours, smallest RMSE first. Skill 0.10 means an RMSE "
        "10 % smaller than the best baseline's; below 0, the baseline is better. MASE is the mean "
        "error over that of repeating the day before in the training data. p is the chance of a "
        "difference from the model this large, were the two equally good (Diebold-Mariano).",
        "Todas as previsões nas mesmas horas de teste, do menor RMSE ao maior. Ganho 0,10 "
        "significa um RMSE 10 % menor que o da melhor referência; abaixo de 0, a referência é "
        "melhor. MASE é o erro médio sobre o de repetir o dia anterior nos dados de treino. p é a "
        "chance de uma diferença tão grande do modelo, se ambos fossem igualmente bons "
        "(Diebold-Mariano).",
    ),
    "tuned": Text(
        "{name} was tuned as well, on the same folds: {trials:,} trials in {time}, the best one "
        "with {value:q} MW ({parameters}).",
        "{name} também foi ajustado, nas mesmas partes: {trials:,} tentativas em {time}, a melhor "
        "com {value:q} MW ({parameters}).",
    ),
    "forecast_name": Text("Forecast", "Previsão"),
    "kind": Text("Kind", "Tipo"),
    "kind_model": Text("model", "modelo"),
    "kind_variant": Text("variant", "variante"),
    "kind_baseline": Text("baseline", "referência"),
    "skill": Text("Skill", "Ganho"),
    "p_value": Text("p, against the model", "p, contra o modelo"),
    # -------------------------------------------------------------------------- buttons, footer
    "show_policy": Text("Policy shown", "Política mostrada"),
    "pick_day": Text("Day", "Dia"),
    "week": Text("last week", "última semana"),
    "fortnight": Text("last two weeks", "últimas duas semanas"),
    "month": Text("last month", "último mês"),
    "all": Text("all", "tudo"),
    "earlier": Text("\N{LEFTWARDS ARROW} earlier", "\N{LEFTWARDS ARROW} antes"),
    "later": Text("later \N{RIGHTWARDS ARROW}", "depois \N{RIGHTWARDS ARROW}"),
    "rebuild": Text(
        "Made from the files of run {run} alone; rebuild it with",
        "Feito apenas com os arquivos da execução {run}; refaça-o com",
    ),
    "versions": Text("Made with", "Feito com"),
    # ------------------------------------------------------------------------------- comparison
    "comparison": Text("Runs compared", "Comparação de execuções"),
    "compared": Text("{count:,} runs", "{count:,} execuções"),
    "comparison_caption": Text(
        "One line a run. RMSE and MAPE are the model's on its own test period, at its own scored "
        "step; skill is against the best baseline on the same hours.",
        "Uma linha por execução. RMSE e MAPE são do modelo em seu próprio período de teste, no "
        "seu próprio passo avaliado; o ganho é sobre a melhor referência nas mesmas horas.",
    ),
    "some_simulated": Text(
        "Runs on simulated data: {simulated:,} of {count:,}. Their numbers say nothing about a "
        "real load.",
        "Execuções com dados simulados: {simulated:,} de {count:,}. Seus números nada dizem sobre "
        "uma carga real.",
    ),
    "data_differ": Text(
        "The runs are on different data: numbers in MW compare only within one data set; skill "
        "and percentages carry further.",
        "As execuções usam dados diferentes: números em MW só se comparam no mesmo conjunto de "
        "dados; ganho e percentuais vão além.",
    ),
    "periods_differ": Text(
        "Their test periods differ, and one period may be harder to forecast than another.",
        "Seus períodos de teste diferem, e um período pode ser mais difícil de prever que outro.",
    ),
    "steps_differ": Text(
        "They are scored at different steps: the further ahead, the larger the error.",
        "São avaliadas em passos diferentes: quanto mais à frente, maior o erro.",
    ),
    "cases_differ": Text(
        "Their dispatch cases differ: compare regret only within one case.",
        "Seus casos de despacho diferem: compare o regret só no mesmo caso.",
    ),
    "alike": Text(
        "All runs are on the same data, test period and step: their numbers compare directly.",
        "Todas as execuções usam os mesmos dados, período de teste e passo: seus números se "
        "comparam diretamente.",
    ),
    "study": Text("Study", "Estudo"),
    "horizon": Text("Horizon, h", "Horizonte, h"),
    "scored_step": Text("Scored step", "Passo avaliado"),
    "pooled": Text("all", "todos"),
    "best_baseline": Text("Best baseline", "Melhor referência"),
    "regret_hour": Text("Regret in a mean hour", "Regret em uma hora média"),
    "compare_skill": Text("Skill by run", "Ganho por execução"),
    "compare_skill_caption": Text(
        "How much smaller (right) or larger (left) the model's RMSE is than that of the best "
        "baseline on the same hours, in %. A run whose baseline makes no error is left out.",
        "Quanto o RMSE do modelo é menor (direita) ou maior (esquerda) que o da melhor "
        "referência nas mesmas horas, em %. Uma execução cuja referência não erra fica de fora.",
    ),
    "compare_regret": Text("Dispatch regret by run", "Regret do despacho por execução"),
    "compare_regret_caption": Text(
        "What the model's dispatch costs more than perfect foresight, per load served; lower is "
        "better. A run without a dispatch case is left out.",
        "O que o despacho pelo modelo custa a mais que a previsão perfeita, por carga atendida; "
        "quanto menor, melhor. Uma execução sem caso de despacho fica de fora.",
    ),
    "compare_steps": Text("Error by hours ahead", "Erro por horas à frente"),
    "compare_steps_caption": Text(
        "RMSE of each run's model in MW at each step; compare only runs on the same data.",
        "RMSE do modelo de cada execução, em MW, em cada passo; compare só execuções com os "
        "mesmos dados.",
    ),
    "rebuild_comparison": Text("Made by", "Feito por"),
}  # fmt: skip


def name_of(name: str) -> Text:
    """The name of a forecast or policy in words; a variant keeps the one its user gave it."""
    return NAMES.get(name, Text(name, name))
