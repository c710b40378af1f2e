"""What the page about the data and the report's section of it say, in both languages."""

from hpo_exp.report.language import Text

CHECKS = {
    "duplicates": Text("repeated rows", "linhas repetidas"),
    "skipped_hours": Text("start of daylight saving", "início do horário de verão"),
    "repeated_hours": Text("end of daylight saving", "fim do horário de verão"),
    "nonpositive_load": Text("load of 0 or less", "carga nula ou negativa"),
    "missing_stamps": Text("unpublished half hours", "meias horas não publicadas"),
    "load_api": Text("from the load API", "da API de carga"),
    "range": Text("outside its range", "fora da faixa"),
    "frozen": Text("frozen sensor", "sensor travado"),
    "spike": Text("spike", "pico isolado"),
    "unit_jump": Text("change of unit?", "mudança de unidade?"),
    "censored": Text("sensor's ceiling", "teto do sensor"),
    "sources_disagree": Text("two sources disagree", "duas fontes divergem"),
    "balance_identity": Text("balance does not close", "balanço não fecha"),
    "definition_break": Text("change of definition", "mudança de definição"),
    "missing": Text("missing hours", "horas faltantes"),
    "night": Text("night's radiation", "radiação noturna"),
    "gap": Text("filled gaps", "lacunas preenchidas"),
}

ACTIONS = {
    "kept": Text("kept", "mantido"),
    "emptied": Text("emptied", "esvaziado"),
    "dropped": Text("dropped", "descartado"),
    "imputed": Text("imputed", "imputado"),
    "joined": Text("joined", "acrescentado"),
}

SEASONS = (
    Text("summer (Dec to Feb)", "verão (dez a fev)"),
    Text("autumn (Mar to May)", "outono (mar a mai)"),
    Text("winter (Jun to Aug)", "inverno (jun a ago)"),
    Text("spring (Sep to Nov)", "primavera (set a nov)"),
)

COLUMNS = {
    "carga_mw_subsistema": Text("load", "carga"),
    "carga_balanco_mw": Text("load (balance)", "carga (balanço)"),
    "geracao_hidraulica_mw": Text("hydro", "hidráulica"),
    "geracao_termica_mw": Text("thermal", "térmica"),
    "geracao_eolica_mw": Text("wind", "eólica"),
    "geracao_solar_mw": Text("solar", "solar"),
    "intercambio_mw": Text("interchange", "intercâmbio"),
}

DATA_TEXTS = {
    "data_report": Text("Data report", "Relatório dos dados"),
    "data_quality": Text("Quality of the data", "Qualidade dos dados"),
    "data_quality_caption": Text(
        "What the checks found before anything was trained, and what was done about it. Nothing "
        "is repaired but what the configuration says; what is imputed is counted as such.",
        "O que as verificações encontraram antes de qualquer treino e o que se fez a respeito. "
        "Nada é reparado além do que diz a configuração; o que é imputado conta como tal.",
    ),
    "coverage_column": Text("Column", "Coluna"),
    "coverage_source": Text("From", "Origem"),
    "origin_real": Text("measured", "medidas"),
    "origin_imputed": Text("imputed", "imputadas"),
    "origin_simulated": Text("simulated", "simuladas"),
    "origin_missing": Text("missing", "faltantes"),
    "hours_by_origin": Text("Hours by origin", "Horas por origem"),
    "found": Text("What was found", "O que foi encontrado"),
    "found_none": Text("The checks found nothing.", "As verificações nada encontraram."),
    "check": Text("Check", "Verificação"),
    "hours_column": Text("Hours", "Horas"),
    "done": Text("Done", "Feito"),
    "hour_by_hour": Text("hour by hour", "hora a hora"),
    "more_spans": Text(
        "and {count:,} stretches more; the JSON file beside this page has all of them",
        "e mais {count:,} trechos; o arquivo JSON ao lado desta página tem todos",
    ),
    "and_until": Text("to", "a"),
    "test_breaks": Text(
        "The test period reaches across a change of definition: what was learnt before it may "
        "not hold after it.",
        "O período de teste atravessa uma mudança de definição: o aprendido antes pode não valer "
        "depois.",
    ),
    "data_tiles_hours": Text("Hours", "Horas"),
    "data_tiles_load": Text("Hours with a load", "Horas com carga"),
    "data_tiles_faults": Text("Findings", "Achados"),
    "data_tiles_imputed": Text("Values imputed", "Valores imputados"),
    "columns_count": Text("{count} columns", "{count} colunas"),
    "hours_missing": Text("{count:,} missing", "{count:,} faltam"),
    "of_values": Text("of {count:,} values", "de {count:,} valores"),
    "beside_missing": Text("beside missing hours", "além das horas faltantes"),
    "pictures": Text("The data in pictures", "Os dados em figuras"),
    "coverage": Text("Coverage", "Cobertura"),
    "coverage_caption": Text(
        "Share of each month's hours that have a value, in %. Radiation is not published by "
        "night, so half of it is what a good month has.",
        "Parcela das horas de cada mês que têm valor, em %. A radiação não é publicada à noite: "
        "metade é o que tem um mês bom.",
    ),
    "load_series": Text("Load, hour by hour", "Carga, hora a hora"),
    "load_series_caption": Text(
        "Load curve and, where there is one, the balance's load, in MW. Gaps are gaps; marks are "
        "spikes. Drag the lower strip, or use the buttons, to choose a period.",
        "Curva de carga e, onde houver, a carga do balanço, em MW. Lacunas são lacunas; as marcas "
        "são picos isolados. Arraste a faixa inferior, ou use os botões, para escolher um período.",
    ),
    "spikes": Text("spikes", "picos isolados"),
    "levels": Text("Levels and breaks", "Níveis e quebras"),
    "levels_caption": Text(
        "Mean of the last 28 days in MW. A dotted line is a day on which a publisher changed what "
        "a column means.",
        "Média dos últimos 28 dias em MW. Uma linha pontilhada é um dia em que a fonte mudou o "
        "significado de uma coluna.",
    ),
    "daily_profile": Text("A day by season", "O dia por estação"),
    "daily_profile_caption": Text(
        "Mean load of each hour of the day (UTC-3) in MW, on all days.",
        "Carga média de cada hora do dia (UTC-3) em MW, em todos os dias.",
    ),
    "week_profile": Text("A week", "A semana"),
    "week_profile_caption": Text(
        "Mean load of each hour of the week in MW, Monday first.",
        "Carga média de cada hora da semana em MW, a partir de segunda-feira.",
    ),
    "mean_load": Text("mean load", "carga média"),
    "month_hour": Text("Load by month and hour", "Carga por mês e hora"),
    "month_hour_caption": Text(
        "Mean load in MW of each hour of the day in each calendar month.",
        "Carga média em MW de cada hora do dia em cada mês do calendário.",
    ),
    "load_temperature": Text("Load against temperature", "Carga contra temperatura"),
    "load_temperature_caption": Text(
        "Each cell counts hours by temperature (degrees Celsius) and load (MW); the line is the "
        "median load at a temperature.",
        "Cada célula conta horas por temperatura (graus Celsius) e carga (MW); a linha é a "
        "mediana da carga em cada temperatura.",
    ),
    "median_load": Text("median load", "carga mediana"),
    "rebuild_data": Text("Made by", "Feito por"),
}
