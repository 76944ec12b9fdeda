"""Which words a BPMN file may use: BPMN 2.0.2's own, Facet's, and those that mean nothing for running it."""

from __future__ import annotations

from engine.bpmn.model import ACTIVITIES, GATEWAYS
from engine.bpmn.reading.events import EVENT_DEFINITIONS

_CONTAINERS = frozenset({"process", "subProcess", "transaction", "adHocSubProcess"})
_EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "intermediateThrowEvent", "boundaryEvent"})
_CATCHING = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
_THROWING = frozenset({"endEvent", "intermediateThrowEvent"})
_GLOBAL = frozenset({"globalTask", "globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask"})
_ROOT = frozenset({"definitions"})

PARENTS: dict[str, frozenset[str]] = {
    "definitions": frozenset({""}),
    **dict.fromkeys(
        ("process", "collaboration", "message", "signal", "error", "escalation", "interface", "itemDefinition"), _ROOT
    ),
    **dict.fromkeys(("dataStore", "resource", "correlationProperty", "import", *sorted(_GLOBAL)), _ROOT),
    **dict.fromkeys(sorted(ACTIVITIES | GATEWAYS | _EVENTS), _CONTAINERS),
    **dict.fromkeys(("sequenceFlow", "dataObject", "dataObjectReference", "dataStoreReference"), _CONTAINERS),
    **dict.fromkeys(EVENT_DEFINITIONS, _EVENTS | _ROOT | {"event"}),
    "eventDefinitionRef": _EVENTS | {"event"},
    "laneSet": _CONTAINERS,
    "childLaneSet": frozenset({"lane"}),
    "lane": frozenset({"laneSet", "childLaneSet"}),
    "participant": frozenset({"collaboration"}),
    "messageFlow": frozenset({"collaboration"}),
    "standardLoopCharacteristics": ACTIVITIES,
    "multiInstanceLoopCharacteristics": ACTIVITIES,
    "conditionExpression": frozenset({"sequenceFlow"}),
    "script": frozenset({"scriptTask", "globalScriptTask"}),
    "dataInputAssociation": ACTIVITIES | _THROWING,
    "dataOutputAssociation": ACTIVITIES | _CATCHING,
    "property": _CONTAINERS | ACTIVITIES | _EVENTS,
    "timeDate": frozenset({"timerEventDefinition"}),
    "timeDuration": frozenset({"timerEventDefinition"}),
    "timeCycle": frozenset({"timerEventDefinition"}),
}
"""Elements that are read only where they belong: element → the parents it may have."""

CHILDREN = frozenset(
    {
        *(
            "incoming",
            "outgoing",
            "flowNodeRef",
            "condition",
            "completionCondition",
            "loopCondition",
            "loopCardinality",
        ),
        *("loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem", "complexBehaviorDefinition"),
        *("event", "activationCondition", "ioSpecification", "dataInput", "dataOutput", "inputSet", "outputSet"),
        *("dataInputRefs", "dataOutputRefs", "sourceRef", "targetRef", "assignment", "from", "to", "transformation"),
        *("operation", "operationRef", "inMessageRef", "outMessageRef", "errorRef", "interfaceRef", "source", "target"),
        *("association", "extensionElements", "performer", "humanPerformer", "potentialOwner", "resourceRole"),
        *("resourceRef", "resourceAssignmentExpression", "formalExpression", "expression", "dataState"),
        *("correlationKey", "correlationPropertyRef", "correlationPropertyRetrievalExpression", "messagePath"),
        *("correlationSubscription", "correlationPropertyBinding", "dataPath", "correlationKeyRef", "calledElement"),
    }
)
"""Parts of elements that the reader understands where it meets them."""

HARMLESS = frozenset(
    {
        *("documentation", "text", "textAnnotation", "group", "category", "categoryValue", "categoryValueRef"),
        *("auditing", "monitoring", "rendering", "participantMultiplicity", "partitionElement", "partitionElementRef"),
        *("supportedInterfaceRef", "supports", "ioBinding", "resourceParameter", "resourceParameterBinding"),
        *("optionalInputRefs", "whileExecutingInputRefs", "optionalOutputRefs", "whileExecutingOutputRefs"),
        *("outputSetRefs", "inputSetRefs", "endPoint", "endPointRef", "partnerEntity", "partnerRole", "participantRef"),
        *("participantAssociation", "innerParticipantRef", "outerParticipantRef", "messageFlowAssociation"),
        *("innerMessageFlowRef", "outerMessageFlowRef", "relationship", "extension", "definitionalCollaborationRef"),
        *("messageFlowRef", "correlationPropertyRefs", "conversationAssociation"),
    }
)
"""Elements that describe and draw, and change nothing about how a process runs."""

OUT_OF_SCOPE = frozenset(
    {
        *("choreography", "globalChoreographyTask", "choreographyTask", "subChoreography", "callChoreography"),
        *("conversation", "subConversation", "callConversation", "globalConversation", "conversationNode"),
        *("conversationLink", "initiatingParticipantRef", "implicitThrowEvent"),
    }
)
"""Choreographies and conversations: views of a collaboration that nobody executes (BPMN 2.0.2 2.1)."""

ATTRIBUTES = frozenset(
    {
        *("id", "name", "isExecutable", "processType", "isClosed", "targetNamespace", "expressionLanguage"),
        *("typeLanguage", "exporter", "exporterVersion", "importType", "location", "namespace", "itemKind"),
        *("structureRef", "isCollection", "itemRef", "errorCode", "escalationCode", "itemSubjectRef", "capacity"),
        *("isUnlimited", "definitionalCollaborationRef", "processRef", "maximum", "minimum", "sourceRef", "targetRef"),
        *("messageRef", "operationRef", "implementation", "implementationRef", "startQuantity", "completionQuantity"),
        *("isForCompensation", "default", "scriptFormat", "scriptLanguage", "instantiate", "calledElement", "method"),
        *("triggeredByEvent", "ordering", "cancelRemainingInstances", "gatewayDirection", "eventGatewayType"),
        *("isInterrupting", "parallelMultiple", "cancelActivity", "attachedToRef", "errorRef", "escalationRef"),
        *("signalRef", "activityRef", "waitForCompletion", "isSequential", "behavior", "oneBehaviorEventRef"),
        *("noneBehaviorEventRef", "testBefore", "loopMaximum", "language", "evaluatesToTypeRef", "isImmediate"),
        *("dataObjectRef", "dataStoreRef", "associationDirection", "textFormat", "categoryValueRef", "value"),
        *("partitionElementRef", "correlationKeyRef", "correlationPropertyRef", "type", "isRequired", "parameterRef"),
        *("inputDataRef", "outputDataRef", "participantRef", "mustUnderstand", "definition", "direction"),
    }
)
"""Unqualified attributes of BPMN 2.0.2's elements."""

FACET_ATTRIBUTES: dict[str, frozenset[str]] = {
    "*": frozenset({"name-zh", "title-zh", "documentation-zh"}),
    "process": frozenset({"candidateStarterGroups", "businessKey", "sensitiveVariables", "versionTag"}),
    "lane": frozenset({"candidateGroups"}),
    **dict.fromkeys(
        ("userTask", "globalUserTask"),
        frozenset(
            {
                *("assignee", "candidateUsers", "candidateGroups", "dueDate", "followUpDate", "priority", "formKey"),
                *("notWhoDid",),
            }
        ),
    ),
    "serviceTask": frozenset({"operation", "topic", "resultVariable", "retries"}),
    "sendTask": frozenset(
        {
            *("operation", "topic", "resultVariable", "retries", "message", "correlationKey", "payload", "businessKey"),
            *("expires", "messageId"),
        }
    ),
    "receiveTask": frozenset({"message", "correlationKey"}),
    "businessRuleTask": frozenset({"operation", "topic", "resultVariable", "retries", "decision"}),
    "scriptTask": frozenset({"resultVariable"}),
    "globalScriptTask": frozenset({"resultVariable"}),
    "globalBusinessRuleTask": frozenset({"operation", "topic", "resultVariable", "retries", "decision"}),
    "multiInstanceLoopCharacteristics": frozenset(
        {"collection", "elementVariable", "outputCollection", "outputElement"}
    ),
    "callActivity": frozenset({"binding", "version", "businessKey", "propagateAllInputs", "propagateAllOutputs"}),
    **dict.fromkeys(
        ("messageEventDefinition", "message"),
        frozenset({"message", "correlationKey", "payload", "businessKey", "expires", "messageId", "name"}),
    ),
    "signalEventDefinition": frozenset({"payload"}),
    "signal": frozenset({"name"}),
    "property": frozenset({"value"}),
    "dataObject": frozenset({"value"}),
    "startEvent": frozenset({"formKey"}),
    **dict.fromkeys(
        ("endEvent", "intermediateThrowEvent"), frozenset({"operation", "topic", "resultVariable", "retries"})
    ),
}

FACET_ELEMENTS: dict[str, tuple[str, ...]] = {
    "parameter": ("name",),
    "input": ("target",),
    "output": ("target",),
    "property": ("name",),
}
"""Facet's extension elements with the attributes that they need."""

HARMLESS_NAMESPACES = (
    "http://bpmn.io/schema/bpmn",
    "http://camunda.org/schema/modeler/",
    "http://www.omg.org/spec/BPMN/non-normative/",
    "http://www.signavio.com",
    "http://www.bizagi.com/",
    "http://www.w3.org/",
)
"""Colours, editor state and other vocabularies that are only about drawing."""
