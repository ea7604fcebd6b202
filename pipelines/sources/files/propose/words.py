# ruff: noqa: E501 - lists of words are read best on one line
"""The words by which headers of any product are recognized: English, French, German, Spanish, Italian, Portuguese.

Phrases are lower case without accents. `NOUNS` are the names of an entity's record, which may be a part of any of its
headers (`Deal - Title`, `ticket_id`, `Numero de commande`). `PHRASES` has the words for each column, without the noun.
"""

from collections.abc import Mapping


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|"))


NOUNS: Mapping[str, tuple[str, ...]] = {
    name: _words(text)
    for name, text in {
        "customer": "customer|client|contact|kunde|kunden|kontakt|cliente|account|compte|konto|company|entreprise|societe|firma|"
        "empresa|azienda|organization|organisation|subscriber|abonne|member|user|person|personne|buyer|acheteur",
        "lead": "lead|prospect|interessent|piste|prospecto|potenziale",
        "deal": "deal|opportunity|opportunite|affaire|transaction|verkaufschance|geschaft|oportunidad|negocio|trato|opportunita|"
        "trattativa|affare|oportunidade|opp|sale|vente",
        "order": "order|commande|bestellung|auftrag|pedido|ordine|encomenda|purchase|achat|invoice|facture|rechnung|factura|fattura|"
        "fatura|compra|acquisto|transaction|kauf|bestell|orden",
        "order_line": "line|ligne|position|linea|riga|linha|line item|lineitem|item|article",
        "campaign": "campaign|campagne|kampagne|campana|campagna|campanha|newsletter|mailing",
        "email_send": "send|envoi|e mail|email|message|sendung|envio|invio",
        "email_event": "event|evenement|ereignis|evento|activity|activite",
        "touchpoint": "touchpoint|touch|interaction|visit|point de contact",
        "ad_stat": "ad|ads|anzeige|anuncio|annonce|campaign|campagne|kampagne|campana|campagna|campanha",
        "web_stat": "session|web|traffic|trafic|visite|visit|default channel group|primary|kanal",
        "spend": "spend|depense|ausgabe|gasto|spesa|despesa|budget|cost|cout|kosten",
        "ticket": "ticket|case|requete|demande|incident|anfrage|vorgang|caso|incidencia|richiesta|chamado|conversation|issue|"
        "request|solicitud|solicitacao|support|fall|reclamation|dossier|tiquet",
        "interaction": "interaction|comment|message|commentaire|reply|reponse|nachricht|mensaje|messaggio|mensagem",
        "call": "call|appel|anruf|llamada|chiamata|chamada|ligacao",
        "survey_response": "survey|response|answer|enquete|reponse|umfrage|antwort|encuesta|respuesta|sondaggio|risposta|pesquisa|"
        "resposta|feedback|review|rating|avis|satisfaction|bewertung|respondent",
        "agent": "agent|employee|user|conseiller|mitarbeiter|agente|operatore|empleado|collaborateur|owner",
        "agent_time": "agent|time|temps|zeit|tiempo|tempo",
        "training": "training|formation|schulung|formacion|formazione|course|cours|kurs",
        "quality_review": "review|evaluation|audit|qualite|quality|bewertung",
        "exposure": "exposure|experiment|test|exposition",
        "fx_rate": "rate|fx|exchange|taux|kurs|tasa|tasso|taxa|cours|change",
        "campaign_stat": "campaign|campagne|kampagne|campana|campagna|campanha|newsletter|mailing|e mail|email",
    }.items()
}  # fmt: skip

_ID = "id|identifiant|identifier|kennung|record id|system id|system generated id|number|numero|nummer|nr|no|num|n|ref|reference|referenz|"
_ID += "key|cle|code|codigo|codice|uuid|guid|row id|object id|internal id"
_CREATED = "created|created at|created on|create date|creation date|date created|created date|created time|creation time|create time|"
_CREATED += "createdate|cree|cree le|date de creation|date creation|heure de creation|cree a|erstellt|erstellt am|erstellungsdatum|angelegt am|anlagedatum|"
_CREATED += "erstelldatum|eroffnet am|fecha de creacion|creado|creado el|fecha creacion|data di creazione|creato il|data creazione|data de criacao|"
_CREATED += "criado em|data criacao|opened|opened at|open date|opened on|date opened|opening date|date ouverture|date d ouverture|ouvert le|added time|"
_CREATED += "date added|added on|entry date|date entered|started at|date de debut|fecha de apertura|data apertura|data di apertura|aberto em|data de abertura|"
_CREATED += "timestamp created|creation timestamp|record created|submitted|submitted at|date submitted|registered|date d ajout|add time|inserted at|eingang|eingangsdatum"
_CREATED += "|date saisie|saisi le|saisie le|enregistre le|ouvert|ouverte le|ouverture|creation"
_UPDATED = "updated|updated at|updated on|last modified|last modified date|modified|modified on|modified time|last updated|last update|"
_UPDATED += "last update time|last modified time|modifie le|date de modification|derniere modification|mis a jour le|geandert am|aktualisiert am|"
_UPDATED += "letzte anderung|fecha de modificacion|actualizado|ultima modificacion|modificato il|ultima modifica|aggiornato il|atualizado em|"
_UPDATED += "data de modificacao|system modstamp|update time|last changed|modified date|systemmodstamp|last activity time|last updated time"
_CLOSED = "actual close date|tatsachliches abschlussdatum|closed|closed at|closed on|close date|closed date|closing date|date closed|closed time|closedate|date de fermeture|date de cloture|"
_CLOSED += "cloture le|ferme le|geschlossen am|abschlussdatum|geschlossen|schlussdatum|fecha de cierre|cerrado|cerrado el|data di chiusura|chiuso il|data chiusura|"
_CLOSED += "data de fechamento|fechado em|date cloture|date fermeture|schlusstermin|abschlusstermin|end date|date de fin|closure date|completed at|fecha cierre|closedon|"
_CLOSED += "abgeschlossen am|data de conclusao|won lost date|decision date|finished|finished on|finished at|ended on|ended at|conclu le|conclue le|signe le"
_EMAIL = "email|e mail|mail|email address|e mail address|adresse email|adresse e mail|adresse mail|courriel|e mail adresse|mailadresse|correo|"
_EMAIL += "correo electronico|direccion de correo|indirizzo email|indirizzo e mail|posta elettronica|endereco de email|requester email|contact email|"
_EMAIL += "customer email|email du contact|email du client|client email|person email|primary email|billing email|associated contact email|to|recipient|"
_EMAIL += "destinataire|user email|buyer email|kunden email|subscriber|email id|requester mail|from email|customer mail|sender email|from"
_COUNTRY = "country|pays|land|pais|paese|nazione|country region|country code|code pays|cc|billing country|shipping country|landercode|country name|mailing country|shipping country code|pays facturation|billing country code|ship country"
_OWNER = "owner|owner id|proprietaire|responsable|verantwortlich|besitzer|zustandig|inhaber|propietario|proprietario|responsabile|sales rep|"
_OWNER += "salesperson|commercial|vertriebler|vendedor|venditore|account manager|sales owner|assigned to|assigned user|hubspot owner id|rep|account owner|"
_OWNER += "assignee|attribue a|deal owner|verkaufer|asignado a|assegnato a|sales agent|record owner|charge d affaires|berater|vertriebsmitarbeiter"
_AMOUNT = "amount|value|total|montant|valeur|betrag|wert|summe|importe|valor|monto|importo|valore|quantia|amount total|total amount|revenue|"
_AMOUNT += "montant total|montant ttc|total ttc|gesamtbetrag|gesamtsumme|umsatz|importe total|totale|total price|grand total|order total|price|prix|"
_AMOUNT += "preis|precio|prezzo|preco|net amount|gross amount|montant ht|total ht|amount in company currency|order amount|total paid|deal size|est revenue|"
_AMOUNT += "actual revenue|tatsachlicher umsatz|estimated revenue|arr|acv|tcv|mrr|annual contract value|auftragswert|volumen|order value|close value|chiffre d affaires|ca|sales|"
_AMOUNT += (
    "paid|amount paid|total gross|brutto|bruttobetrag|netto|nettobetrag|subtotal|revenue total|ingresos|total general"
)
_CURRENCY = "currency|devise|wahrung|moneda|divisa|valuta|moeda|currency code|currency iso code|code devise|waehrung|currency of value"
_CHANNEL = "channel|source|canal|kanal|quelle|origine|fuente|fonte|origen|origem|lead source|original source|traffic source|via|medium|origin|"
_CHANNEL += "acquisition channel|source du lead|herkunft|canale|utm source|utm medium|acquisition source|provenance|support channel|contact channel|came in by|came in via|came in through|came through|session source medium|source medium|first user source"
_CAMPAIGN = "campaign|campaign id|campaign name|campagne|kampagne|campana|campagna|campanha|utm campaign|id campagne|nom de la campagne|primary campaign source|email campaign id|id de campagne|kampagnenname|nombre de la campana|nome campagna|nome da campanha"
_CUSTOMER = "customer|customer id|client|client id|id client|contact id|account id|account|kunde|kunden id|kundennummer|kunden nr|cliente|"
_CUSTOMER += "cliente id|id cliente|code client|numero client|codice cliente|codigo cliente|user id|buyer id|company id|associated company id|"
_CUSTOMER += "associated contact id|organization id|requester id|person id|account name|company|entreprise|firma|empresa|azienda|organization|"
_CUSTOMER += "organisation|contact|numero de client|customer number|customer no|compte|member id|potential customer|contact person|requester|demandeur|"
_CUSTOMER += "customer name|nom du client|kundenname|associated company|societe|kundennr|company name|account number|primary contact|shopper id|kd nr"
_STATUS = "status|statut|state|etat|zustand|estado|stato|stage|financial status|order status|situacao|ticket status|auftragsstatus|bestellstatus|belegstatus|"
_STATUS += "vorgangsstatus|rechnungsstatus|document status|statut du document|estado del documento|stato documento|stato del documento|estado do documento|zahlungsstatus|etat de la commande"
_NAME = "name|nom|nombre|nome|full name|title|titre|titel|titulo|titolo|company name|bezeichnung|subject|objet|betreff|asunto|oggetto|assunto|display name|nom complet"
_FIRST_REPLY = "first response at|first reply time|time to first response|time to first reply|temps de premiere reponse|delai de premiere reponse|erste antwortzeit|erstreaktionszeit|tiempo de primera respuesta|tempo di prima risposta|first response|first reply|first responded at|first reply at|first reply date|initial response time|"
_FIRST_REPLY += "first agent reply date|date de premiere reponse|premiere reponse|erste antwort|erste antwort am|primera respuesta|prima risposta|primeira resposta|"
_FIRST_REPLY += "first agent answer|first answer|first answer at|first answered at|first agent response|first human reply|premiere reponse le|first response date|first responded|first agent reply|first public reply at|fecha de primera respuesta|responded at|first response time"
_RESOLVED = "resolution time|full resolution time|time to resolution|time to resolve|temps de resolution|losungszeit|tiempo de resolucion|tempo di risoluzione|tempo de resolucao|resolved|resolved at|resolved on|resolution date|resolved time|solved|solved at|resolved date|date de resolution|resolu le|gelost am|"
_RESOLVED += "resolue le|finished|finished on|finished at|done on|done at|termine le|losungsdatum|fecha de resolucion|resuelto|resuelto el|risolto il|data di risoluzione|resolvido em|data de resolucao|solved on|date solved|date resolved|geloest am|erledigt am|completed date|completion date"
_DATE = "date|day|jour|tag|datum|fecha|data|dia|giorno|stat date|report date|date start|reporting starts|jour du rapport|periode"
_CONVERSIONS = "conversions|conversion|key events|conversions totales|konversionen|conversiones|conversioni|conversoes|transactions|goal completions|evenements cles|results|resultats|purchases|schlusselereignisse"

PHRASES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    entity: {column: _words(text) for column, text in columns.items()}
    for entity, columns in {
        "customer": {
            "customer_id": _ID, "email": _EMAIL, "name": _NAME + "|company name|account name|last name|lastname|nom de famille|nachname|apellido|cognome|sobrenome",
            "country": _COUNTRY, "segment": "segment|type|typ|tipo|tier|categorie|kategorie|categoria|customer type|lifecycle stage|industry|plan|"
            "account type|customer segment|branche|secteur|kundengruppe|customer group|groupe client",
            "acquisition_channel": _CHANNEL, "created_at": _CREATED + "|optin time|confirm time|sign up date|signup date|date d inscription|registriert am|registrierungsdatum|fecha de registro|subscribed|subscribe date|joined|join date|date joined|first seen|member since",
            "became_customer_at": "became a customer date|became customer|became customer at|customer since|client depuis|kunde seit|cliente desde|"
            "cliente dal|date de devenir client|first purchase date|first order date|became a customer|date du premier achat|converted to customer",
            "churned_at": "churned at|churn date|churned|cancelled at|canceled at|date de resiliation|kundigungsdatum|fecha de baja|left at|cancellation date|lost date|data di cessazione|unsubscribed at|date de depart|gekundigt am",
            "owner_id": _OWNER, "referred_by": "referred by|referrer id|parrain|parraine par|geworben von|referido por", "updated_at": _UPDATED,
        },
        "lead": {
            "lead_id": _ID, "created_at": _CREATED + "|arrived|arrived at|arrived on|received|received at|received on|recu le", "email": _EMAIL, "channel": _CHANNEL, "campaign_id": _CAMPAIGN,
            "converted_at": "converted at|converted date|conversion date|date converted|date de conversion|konvertiert am|fecha de conversion|data di conversione|converted|became a customer date|became an opportunity date|converted time|convertdate|won date|data de conversao",
            "lost_at": "lost at|lost date|disqualified at|date de perte|verloren am|fecha de perdida|unqualified date|data perdita|rejected at",
            "customer_id": "converted account id|converted contact id|customer id|account id|contact id|converted to|client id",
            "owner_id": _OWNER, "country": _COUNTRY,
        },
        "deal": {
            "deal_id": _ID, "created_at": _CREATED, "customer_id": _CUSTOMER, "closed_at": _CLOSED + "|won time|won date|date de gain|gewonnen am|engage date",
            "is_won": "is won|won|iswon|gagne|gewonnen|ganado|vinto|ganho|outcome|result|resultat|ergebnis|resultado|esito|stage|stage name|deal stage|status|"
            "etape|phase|etapa|fase|estado|stato|statut|pipeline stage|stage pipeline|state|verkaufsphase|dealstage|is closed won",
            "amount": _AMOUNT, "currency": _CURRENCY, "deal_type": "deal type|type|typ|tipo|opportunity type|business type|kind|art", "owner_id": _OWNER,
            "campaign_id": _CAMPAIGN,
        },
        "order": {
            "order_id": _ID + "|name|order|commande|bestellung|pedido|ordine|invoice|invoice no|invoice number|receipt", "customer_id": _CUSTOMER + "|email|customer email|billing email",
            "ordered_at": _CREATED + "|date|order date|ordered at|ordered on|date de commande|date commande|bestelldatum|bestellt am|fecha de pedido|fecha del pedido|fecha|data ordine|data dell ordine|data do pedido|"
            "purchase date|purchased at|paid at|invoice date|date d achat|datum|kaufdatum|transaction date|data|rechnungsdatum|date de facture|order time|purchase timestamp|payment date|date paid|sale date|fecha de compra|data di acquisto|auftragsdatum|date facture|sold at",
            "amount": _AMOUNT, "currency": _CURRENCY, "margin": "margin|gross margin|marge|marge brute|gewinn|rohertrag|margen|margine|margem|profit|deckungsbeitrag|benefice",
            "status": _STATUS, "channel": "channel|sales channel|source|canal|canal de vente|vertriebskanal|canal de venta|canale|canal de venda|source name|shop|boutique|marketplace",
            "order_type": "order type|type|type de commande|bestellart|tipo de pedido|tipo ordine|typ", "campaign_id": _CAMPAIGN, "country": _COUNTRY + "|lieferland",
        },
        "order_line": {
            "order_id": "order id|order|order number|order no|commande|numero de commande|bestellnummer|pedido|numero de pedido|ordine|invoice|invoice no|id commande|order name|no commande|auftragsnummer",
            "line_number": "line number|line|line no|ligne|numero de ligne|position|pos|zeile|linea|riga|linha|line id|item number|order item id|zeilennummer|row number|item id",
            "product_id": "product id|product|sku|produit|artikel|artikelnummer|produkt|producto|prodotto|produto|stock code|item|lineitem sku|product sku|reference produit|variant id|reference article",
            "category": "category|product category|categorie|kategorie|categoria|product type|warengruppe|rayon|produktkategorie",
            "quantity": "quantity|qty|quantite|menge|anzahl|cantidad|quantita|quantidade|qte|lineitem quantity|units|stuckzahl",
            "amount": "line total|amount|total|montant|betrag|importe|importo|valor|subtotal|item total|prix total|line amount|gesamtpreis|total ligne|zeilensumme",
            "margin": "margin|marge|margen|margine|profit",
        },
        "campaign": {
            "campaign_id": _ID + "|unique id", "name": _NAME, "channel": "channel|canal|kanal|canale|type|medium|campaign channel|campaign type|typ|tipo", "started_at": "started at|start date|start|date de debut|startdatum|fecha de inicio|data di inizio|data de inicio|send date|send time|sent at|launch date|date d envoi|beginn|send date time|gestartet am",
            "ended_at": "ended at|end date|end|date de fin|enddatum|fecha de fin|data di fine|data de termino|ende", "cost": "cost|actual cost|cout|kosten|coste|costo|custo|budget|budgeted cost|budget depense|campaign cost|ausgaben", "currency": _CURRENCY,
        },
        "email_send": {
            "send_id": _ID + "|message id|send id", "campaign_id": _CAMPAIGN + "|mailing|mailing id|mailing name|newsletter", "email": _EMAIL, "customer_id": "customer id|contact id|member id|recipient id|client id",
            "sent_at": "sent at|sent|sent date|send date|send time|date d envoi|gesendet am|versanddatum|fecha de envio|data di invio|data de envio|sent on|date sent|envoye le|sent time",
            "delivered_at": "delivered at|delivered|delivery date|date de livraison|zugestellt am|fecha de entrega|consegnato il|entregue em|delivered on|livre le|delivered time",
            "bounced_at": "bounced at|bounced|bounce date|date de rebond|bounced on|rebond le",
            "first_opened_at": "first opened at|opened at|opened|first open|open date|date d ouverture|geoffnet am|abierto|aperto il|aberto em|first open date|opened on|ouvert le|open time|premiere ouverture",
            "first_clicked_at": "first clicked at|clicked at|clicked|first click|click date|date de clic|geklickt am|clicked on|first click date|clique le|click time|premier clic",
            "unsubscribed_at": "unsubscribed at|unsubscribed|unsubscribe date|date de desinscription|abgemeldet am|unsub time|desinscrit le",
            "complained_at": "complained at|complaint date|spam at|marked as spam|spam complaint date|complained",
        },
        "email_event": {
            "event_id": _ID + "|event id", "campaign_id": _CAMPAIGN, "email": _EMAIL + "|email address|recipient email", "customer_id": "customer id|contact id|member id|subscriber id|client id|profile id",
            "event": "event|event type|metric|type|action|evenement|ereignis|evento|type d evenement|activity type|event name|aktion|activity",
            "occurred_at": "occurred at|timestamp|date|time|event time|event date|created|datetime|date et heure|datum|fecha|data|event timestamp|created at|horodatage|ts|zeitpunkt|date heure|event at|action time",
            "is_machine": "is machine|machine open|is bot|bot|filtered event|apple mpp|machine|is proxy",
        },
        "touchpoint": {
            "touchpoint_id": _ID, "customer_id": "customer id|contact id|client id|user id|visitor id", "lead_id": "lead id|prospect id", "channel": _CHANNEL, "campaign_id": _CAMPAIGN,
            "occurred_at": "occurred at|timestamp|date|time|visited at|touch date|touched at|event date|touchpoint date|interaction date",
        },
        "ad_stat": {
            "date": _DATE, "campaign_id": _CAMPAIGN + "|id", "impressions": "impressions|impr|impressionen|impresiones|impressioni|impressoes|affichages|views|einblendungen",
            "clicks": "clicks|clics|klicks|clic|cliques|link clicks|click|clicks all|clics sur un lien", "conversions": _CONVERSIONS,
            "cost": "cost|amount spent|spend|spent|cout|kosten|coste|costo|custo|montant depense|depense|ausgaben|importe gastado|importo speso|valor gasto|total spent|cost usd|amount spent eur|amount spent usd|ausgegebener betrag",
        },
        "web_stat": {
            "date": _DATE, "channel": "channel|channel group|session default channel group|default channel group|session primary channel group|canal|kanal|canale|source|traffic source|groupe de canaux|channel grouping|session source medium|medium|source medium|first user primary channel group|default channel grouping|groupe de canaux par defaut|kanalgruppe",
            "sessions": "sessions|session|sitzungen|sesiones|sessioni|sessoes|visits|visites|besuche|visitas|visite", "visitors": "visitors|users|total users|active users|utilisateurs|nutzer|usuarios|utenti|visiteurs|besucher|visitantes|visitatori|unique visitors|utilisateurs actifs|aktive nutzer|usuarios activos|utenti attivi|unique visits|visiteurs uniques|total visitors",
            "conversions": _CONVERSIONS + "|orders|sessions converted|sessions that completed checkout", "revenue": "revenue|total revenue|revenu|revenus|umsatz|ingresos|entrate|receita|purchase revenue|chiffre d affaires|total sales|revenu total|gesamtumsatz|ingresos totales|ecommerce revenue|einnahmen",
        },
        "spend": {
            "date": _DATE + "|month|mois|monat|mes|mese", "category": "category|categorie|kategorie|categoria|department|type|departement|abteilung|team", "channel": _CHANNEL, "campaign_id": _CAMPAIGN,
            "amount": _AMOUNT + "|cost|spend|cout|kosten|depense|ausgaben|gasto|coste|spesa|costo|custo|despesa|amount spent", "currency": _CURRENCY,
        },
        "ticket": {
            "ticket_id": _ID, "created_at": _CREATED + "|date|arrived|arrived at|arrived on|received|received at|received on|raised at|raised on|recu le|recue le", "customer_id": _CUSTOMER, "email": _EMAIL,
            "channel": "channel|source|via|canal|kanal|canale|origin|case origin|contact type|type de contact|origine|quelle|herkunft|origen|origem|ticket source|type of channel|ticket channel|medium|contact method|via channel|contact channel|kontaktkanal|came in by|came in via|came in through|came through",
            "priority": "priority|priorite|prioritat|prioridad|priorita|prioridade|urgency|urgence|severity|dringlichkeit", "category": "category|type|categorie|kategorie|categoria|ticket type|topic|reason|motif|thema|tipo|typ|case reason|issue type|case type|request type|type de demande|grund|motivo|ticket category",
            "team": "team|group|groupe|gruppe|equipe|grupo|gruppo|equipo|department|departement|abteilung|assigned group|team assigned|queue|squadra|service|departamento|reparto|support group",
            "agent_id": "agent|assignee|assigned to|owner|agent id|assignee id|conseiller|proprietaire|attribue a|assigne a|bearbeiter|zugewiesen an|agente|asignado a|assegnato a|atribuido a|responsable|technician|technicien|owner id|besitzer|zustandig|verantwortlicher|responsabile|hubspot owner id|teammate assigned|operator|sachbearbeiter|mitarbeiter|case owner|operatore|assigned agent|assigned technician|handled by|traite par|gere par|pris en charge par|bearbeitet von|gestito da|atendido por",
            "first_response_at": _FIRST_REPLY, "resolved_at": _RESOLVED, "closed_at": _CLOSED, "status": _STATUS,
            "reopen_count": "reopens|reopen count|reopened|number of reopens|reouvertures|nombre de reouvertures|wiedereroffnungen|reaperturas|riaperture|reaberturas|reopenings|times reopened",
            "reassignment_count": "reassignments|reassignment count|reaffectations|neuzuweisungen|reasignaciones|number of reassignments|transfers|riassegnazioni",
            "agent_reply_count": "agent replies|replies|agent interactions|outbound count|number of replies|agent reply count|antworten|reponses de l agent|agent messages|nombre de reponses|respuestas|risposte|respostas|public replies",
            "interaction_count": "interactions|interaction count|messages|number of messages|comments count|nombre d interactions|nombre de messages|nachrichten|total interactions|number of interactions|anzahl nachrichten|conversation parts",
            "is_automated": "is automated|automated|bot|automatise|automatisiert|automatizado|automatico|resolved by bot", "sla_met": "sla met|within sla|sla respected|sla respecte|sla eingehalten|resolution within sla|sla cumplido|sla ok|sla rispettato",
            "updated_at": _UPDATED,
        },
        "interaction": {
            "interaction_id": _ID, "occurred_at": _CREATED + "|timestamp|date|sent at|time|occurred at|datum|fecha|data|date et heure", "ticket_id": "ticket id|ticket|case id|conversation id|parent id|ticket number|case number|numero de ticket|parentid",
            "customer_id": "customer id|contact id|client id|requester id", "channel": "channel|via|canal|kanal|canale|type|source", "author": "author|author type|sender type|auteur|autor|from type|role|direction|sender|absender|autore",
            "agent_id": "agent|agent id|author id|user id|sender id|conseiller|created by id|agente", "is_public": "public|is public|visible|is published|publique|offentlich|publico|ispublished", "handling_seconds": "handling time|handling seconds|duration|duree|dauer|duracion|durata|duracao|talk time|handle time",
        },
        "call": {
            "call_id": _ID + "|call sid|sid|uuid", "started_at": "started at|start time|start|call date|datetime|datetime utc|date|call start|date time|date et heure|date de l appel|startzeit|beginn|fecha|fecha de la llamada|data|data e ora|created at|timestamp|call started at|heure de debut|date heure|initiated at|datum|inicio|anrufzeit|date call started|activity date",
            "direction": "direction|sens|richtung|direccion|direzione|direcao|call direction|call type|type|type d appel|anruftyp|anrufrichtung|tipo",
            "answered_at": "answered at|answer time|wait time|waiting time|temps d attente|wartezeit|tiempo de espera|tempo di attesa|time to answer|speed of answer|ring time|answered time|repondu a|angenommen um|respondida a|connected at|answered on|heure de reponse|pickup time", "ended_at": "ended at|end time|duration|duree|dauer|duracion|durata|duracao|talk time|call duration|call length|gesprachsdauer|end|fin|ende|call end|hung up at|heure de fin|endzeit|hangup time|completed at|fine",
            "is_abandoned": "is abandoned|abandoned|missed|abandonne|verpasst|abandonada|abbandonata|missed call|abgebrochen|manque|perdue|perdu|abandoned call|perdida|aufgelegt",
            "agent_id": "agent|agent id|user|user name|conseiller|agente|agent name|assigned to|mitarbeiter|owner|operator|nom de l agent|answered by|operatore|handled by|taken by|traite par|bearbeitet von",
            "customer_id": "customer id|caller|from|from number|phone number|caller id|numero|numero appelant|anrufer|rufnummer|llamante|customer number|contact id|numero de telephone|telefonnummer|client|kunde|numero client|contact",
            "queue": "queue|file|file d attente|warteschlange|cola|coda|fila|queue name|line|group|team|skill|department|number name|service|groupe|equipe|gruppe|ring group",
        },
        "survey_response": {
            "response_id": _ID + "|response id|submission id|respondent id|token|review id|network id", "kind": "survey type|kind|type|metric|typ|tipo|survey kind|question type",
            "answered_at": _CREATED + "|answered at|submitted at|response date|submission date|date|submitted on|completed at|date de reponse|beantwortet am|datum|fecha|fecha de respuesta|data|data risposta|data de resposta|timestamp|horodateur|zeitstempel|end date|responded at|submit date|submit date utc|survey date|marca temporal|informazioni cronologiche|review date|recorded date|rated at|completion time|heure de fin|date submitted|antwortdatum|carimbo de data hora",
            "score": "score|rating|note|nps|csat|nps score|csat score|ces|ces score|satisfaction|satisfaction score|satisfaction rating|bewertung|punktzahl|puntuacion|punteggio|pontuacao|stars|etoiles|notation|valoracion|valutazione|avaliacao|grade|note nps|customer satisfaction|satisfaction survey|survey result|how likely are you to recommend us|how likely are you to recommend|weiterempfehlung|note de satisfaction|review score|sterne|nota|voto|recommendation score|how likely are you to recommend us to a friend or colleague|zufriedenheit|experience score|survey score|employee satisfaction|conversation rating|calificacion",
            "customer_id": _CUSTOMER + "|email|respondent|email address|e mail|adresse e mail|contact email|customer email", "ticket_id": "ticket id|ticket|case id|conversation id|ticket number|numero de ticket|ticketnummer|associated ticket id|case number",
            "order_id": "order id|order|order number|commande|numero de commande|bestellnummer|pedido", "agent_id": "agent|agent id|assignee|conseiller|agente|teammate|agent name|assignee id|mitarbeiter|rated agent|operatore|handled by|traite par|bearbeitet von", "channel": "channel|canal|kanal|canale|source|via|survey channel",
        },
        "agent": {
            "agent_id": _ID, "name": _NAME, "team": "team|group|groupe|gruppe|equipe|grupo|department|departement|abteilung|gruppo|squadra", "hired_at": "hired at|hire date|start date|date d embauche|einstellungsdatum|fecha de contratacion|data di assunzione|joined|date d entree|eintrittsdatum|data de admissao|hired on|hired",
            "left_at": "left at|end date|termination date|date de depart|austrittsdatum|fecha de baja|data di uscita|left|date de sortie|left on|exit date",
        },
        "agent_time": {
            "agent_id": "agent|agent id|conseiller|mitarbeiter|agente|user|name|employee", "date": _DATE, "available_seconds": "available seconds|available time|logged in time|temps disponible|verfugbare zeit|login time|available|staffed time|online time|tiempo disponible|verfugbar",
            "handling_seconds": "handling seconds|handling time|talk time|temps de traitement|bearbeitungszeit|handle time|handled time|busy time|tiempo de gestion|occupied time",
        },
        "training": {
            "training_id": _ID + "|training|course|formation|course id", "agent_id": "agent|agent id|employee|employee id|conseiller|mitarbeiter|agente|learner|user|participant|collaborateur",
            "completed_at": "completed at|completion date|completed|date|date de fin|abgeschlossen am|fecha|completed on|date de realisation|finished|termine le|completado",
        },
        "quality_review": {
            "review_id": _ID, "reviewed_at": "reviewed at|review date|date|evaluated at|date d evaluation|bewertet am|audit date|datum|fecha|evaluation date", "interaction_id": "interaction id|message id|call id", "ticket_id": "ticket id|ticket|case id|conversation id|case number",
            "agent_id": "agent|agent id|conseiller|evaluated agent|mitarbeiter|agente", "errors": "errors|error count|number of errors|erreurs|fehler|errores|errori|erros|nombre d erreurs|defects|critical errors|anzahl fehler",
        },
        "exposure": {
            "campaign_id": _CAMPAIGN + "|experiment|experiment id|test id", "customer_id": "customer id|user id|client id|contact id|visitor id", "arm": "arm|group|variant|treatment|variation|groupe|gruppe|cell|test group|segment",
            "exposed_at": "exposed at|exposure date|assigned at|date|timestamp|exposure time", "visited_at": "visited at|visit date", "converted_at": "converted at|conversion date|purchased at", "revenue": "revenue|spend|amount|chiffre d affaires|umsatz",
        },
        "fx_rate": {
            "date": _DATE + "|valid from|effective date", "currency": _CURRENCY + "|quote currency|base currency|from currency", "rate": "rate|exchange rate|fx rate|taux|kurs|wechselkurs|tasa|tasso|taxa|taux de change|tipo de cambio|cambio|cours",
        },
        "campaign_stat": {
            "campaign_id": _ID + "|unique id|campaign name|name|title|nom de la campagne|nombre de la campana|kampagnenname|nome campagna|nome da campanha|titre|titel|subject|objet|betreff|email name|campaign title|mailing|mailing name|newsletter", "sent_at": "send date|send time|sent at|sent|sent date|date d envoi|versanddatum|fecha de envio|data di invio|data de envio|sent on|date sent|scheduled at|delivery date|send date time|sending date|envoye le|started at",
            "date": "date|day", "sent": "sent|total recipients|recipients|total emails sent|emails sent|total sent|destinataires|empfanger|destinatarios|destinatari|envoyes|gesendet|enviados|inviati|sends|total sends|envois|versendet|recipients count",
            "delivered": "delivered|successful deliveries|deliveries|delivres|zugestellt|entregados|consegnati|entregues|livres|total delivered", "bounced": "bounced|bounces|total bounces|rebonds|rebotes|rimbalzi|retours|bounce",
            "opened": "unique opens|opened|opens|recipients who opened|ouvertures uniques|ouvreurs|eindeutige offnungen|aperturas unicas|aperture uniche|aberturas unicas|openers|unique openings|unique opened|opens unique|estimated opens|offnungen|ouvertures|aperturas|aperture|aberturas|einmalige offnungen",
            "clicked": "unique clicks|clicked|clicks|recipients who clicked|clics uniques|cliqueurs|eindeutige klicks|clics unicos|clic univoci|cliques unicos|clickers|unique clicked|clicks unique|klicks|clics|unique clickers|clic|cliques",
            "unsubscribed": "unsubscribed|unsubscribes|total unsubs|desinscriptions|abmeldungen|bajas|disiscrizioni|descadastros|unsubscriptions|desabonnements|desabonnes|desinscrits|unsubs|opt outs|optouts|opted out|opt out|cancelaciones|cancellazioni",
            "complained": "spam complaints|abuse complaints|complaints|total abuse complaints|plaintes|beschwerden|quejas|spam reports|plaintes pour spam|segnalazioni spam|spam|spam reclamations|complained",
        },
    }.items()
}  # fmt: skip

# Words of headers that carry no meaning.
FILLERS = frozenset(
    [
        "the",
        "of",
        "a",
        "an",
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "d",
        "der",
        "die",
        "das",
        "den",
        "dem",
        "von",
        "vom",
        "del",
        "el",
        "los",
        "di",
        "da",
        "do",
        "dos",
        "das",
        "della",
        "dell",
        "il",
        "lo",
        "property",
        "hs",
        "c",
        "in",
        "e",
        "custom",
        "field",
        "fields",
        "merge",
        "properties",
        "associated",
        "utc",
        "local",
    ]
)
