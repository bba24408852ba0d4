/* SPDX-License-Identifier: Apache-2.0 */
/* Made by lib/metadata/model.awk of lib/metadata/model: make update-model. */
/* clang-format off */
#include "metadata/model_table.h"

const dh_model_aspect dh_model_aspects[] = {
    {"access", "com.linkedin.common.Access", 0},
    {"actors", "com.linkedin.role.Actors", 0},
    {"agentSkillInfo", "com.linkedin.agentskill.AgentSkillInfo", 0},
    {"agentSkillKey", "com.linkedin.metadata.key.AgentSkillKey", 0},
    {"aiAgentDependencies", "com.linkedin.agent.AIAgentDependencies", 0},
    {"aiAgentInfo", "com.linkedin.agent.AIAgentInfo", 0},
    {"aiAgentKey", "com.linkedin.metadata.key.AIAgentKey", 0},
    {"apiKey", "com.linkedin.metadata.key.ApiKey", 0},
    {"apiProperties", "com.linkedin.api.ApiProperties", 0},
    {"apiSignature", "com.linkedin.api.ApiSignature", 0},
    {"applicationKey", "com.linkedin.application.ApplicationKey", 0},
    {"applicationLineage", "com.linkedin.application.ApplicationLineage", 0},
    {"applicationProperties", "com.linkedin.application.ApplicationProperties", 0},
    {"applications", "com.linkedin.application.Applications", 0},
    {"assertionActions", "com.linkedin.assertion.AssertionActions", 0},
    {"assertionInfo", "com.linkedin.assertion.AssertionInfo", 0},
    {"assertionKey", "com.linkedin.metadata.key.AssertionKey", 0},
    {"assertionRunEvent", "com.linkedin.assertion.AssertionRunEvent", 1},
    {"assetSettings", "com.linkedin.settings.asset.AssetSettings", 0},
    {"browsePaths", "com.linkedin.common.BrowsePaths", 0},
    {"browsePathsV2", "com.linkedin.common.BrowsePathsV2", 0},
    {"businessAttributeInfo", "com.linkedin.businessattribute.BusinessAttributeInfo", 0},
    {"businessAttributeKey", "com.linkedin.businessattribute.BusinessAttributeKey", 0},
    {"businessAttributes", "com.linkedin.businessattribute.BusinessAttributes", 0},
    {"chartInfo", "com.linkedin.chart.ChartInfo", 0},
    {"chartKey", "com.linkedin.metadata.key.ChartKey", 0},
    {"chartQuery", "com.linkedin.chart.ChartQuery", 0},
    {"chartUsageStatistics", "com.linkedin.chart.ChartUsageStatistics", 1},
    {"container", "com.linkedin.container.Container", 0},
    {"containerKey", "com.linkedin.metadata.key.ContainerKey", 0},
    {"containerProperties", "com.linkedin.container.ContainerProperties", 0},
    {"corpGroupEditableInfo", "com.linkedin.identity.CorpGroupEditableInfo", 0},
    {"corpGroupInfo", "com.linkedin.identity.CorpGroupInfo", 0},
    {"corpGroupKey", "com.linkedin.metadata.key.CorpGroupKey", 0},
    {"corpUserCredentials", "com.linkedin.identity.CorpUserCredentials", 0},
    {"corpUserEditableInfo", "com.linkedin.identity.CorpUserEditableInfo", 0},
    {"corpUserInfo", "com.linkedin.identity.CorpUserInfo", 0},
    {"corpUserKey", "com.linkedin.metadata.key.CorpUserKey", 0},
    {"corpUserSettings", "com.linkedin.identity.CorpUserSettings", 0},
    {"corpUserStatus", "com.linkedin.identity.CorpUserStatus", 0},
    {"cost", "com.linkedin.common.Cost", 0},
    {"dashboardInfo", "com.linkedin.dashboard.DashboardInfo", 0},
    {"dashboardKey", "com.linkedin.metadata.key.DashboardKey", 0},
    {"dashboardUsageStatistics", "com.linkedin.dashboard.DashboardUsageStatistics", 1},
    {"dataContractKey", "com.linkedin.metadata.key.DataContractKey", 0},
    {"dataContractProperties", "com.linkedin.datacontract.DataContractProperties", 0},
    {"dataContractStatus", "com.linkedin.datacontract.DataContractStatus", 0},
    {"dataFlowInfo", "com.linkedin.datajob.DataFlowInfo", 0},
    {"dataFlowKey", "com.linkedin.metadata.key.DataFlowKey", 0},
    {"dataHubAccessTokenInfo", "com.linkedin.access.token.DataHubAccessTokenInfo", 0},
    {"dataHubAccessTokenKey", "com.linkedin.metadata.key.DataHubAccessTokenKey", 0},
    {"dataHubActionKey", "com.linkedin.metadata.key.DataHubActionKey", 0},
    {"dataHubConnectionDetails", "com.linkedin.connection.DataHubConnectionDetails", 0},
    {"dataHubConnectionKey", "com.linkedin.metadata.key.DataHubConnectionKey", 0},
    {"dataHubExecutionRequestInput", "com.linkedin.execution.ExecutionRequestInput", 0},
    {"dataHubExecutionRequestKey", "com.linkedin.metadata.key.ExecutionRequestKey", 0},
    {"dataHubExecutionRequestResult", "com.linkedin.execution.ExecutionRequestResult", 0},
    {"dataHubExecutionRequestSignal", "com.linkedin.execution.ExecutionRequestSignal", 0},
    {"dataHubFileInfo", "com.linkedin.file.DataHubFileInfo", 0},
    {"dataHubFileKey", "com.linkedin.metadata.key.DataHubFileKey", 0},
    {"dataHubIngestionSourceInfo", "com.linkedin.ingestion.DataHubIngestionSourceInfo", 0},
    {"dataHubIngestionSourceKey", "com.linkedin.metadata.key.DataHubIngestionSourceKey", 0},
    {"dataHubOpenAPISchemaKey", "com.linkedin.metadata.key.DataHubOpenAPISchemaKey", 0},
    {"dataHubPageModuleKey", "com.linkedin.metadata.key.DataHubPageModuleKey", 0},
    {"dataHubPageModuleProperties", "com.linkedin.module.DataHubPageModuleProperties", 0},
    {"dataHubPageTemplateKey", "com.linkedin.metadata.key.DataHubPageTemplateKey", 0},
    {"dataHubPageTemplateProperties", "com.linkedin.template.DataHubPageTemplateProperties", 0},
    {"dataHubPersonaInfo", "com.linkedin.persona.DataHubPersonaInfo", 0},
    {"dataHubPersonaKey", "com.linkedin.metadata.key.DataHubPersonaKey", 0},
    {"dataHubPolicyInfo", "com.linkedin.policy.DataHubPolicyInfo", 0},
    {"dataHubPolicyKey", "com.linkedin.metadata.key.DataHubPolicyKey", 0},
    {"dataHubRetentionConfig", "com.linkedin.retention.DataHubRetentionConfig", 0},
    {"dataHubRetentionKey", "com.linkedin.metadata.key.DataHubRetentionKey", 0},
    {"dataHubRoleInfo", "com.linkedin.policy.DataHubRoleInfo", 0},
    {"dataHubRoleKey", "com.linkedin.metadata.key.DataHubRoleKey", 0},
    {"dataHubSecretKey", "com.linkedin.metadata.key.DataHubSecretKey", 0},
    {"dataHubSecretValue", "com.linkedin.secret.DataHubSecretValue", 0},
    {"dataHubStepStateKey", "com.linkedin.metadata.key.DataHubStepStateKey", 0},
    {"dataHubStepStateProperties", "com.linkedin.step.DataHubStepStateProperties", 0},
    {"dataHubUpgradeKey", "com.linkedin.metadata.key.DataHubUpgradeKey", 0},
    {"dataHubUpgradeRequest", "com.linkedin.upgrade.DataHubUpgradeRequest", 0},
    {"dataHubUpgradeResult", "com.linkedin.upgrade.DataHubUpgradeResult", 0},
    {"dataHubViewInfo", "com.linkedin.view.DataHubViewInfo", 0},
    {"dataHubViewKey", "com.linkedin.metadata.key.DataHubViewKey", 0},
    {"dataJobInfo", "com.linkedin.datajob.DataJobInfo", 0},
    {"dataJobInputOutput", "com.linkedin.datajob.DataJobInputOutput", 0},
    {"dataJobKey", "com.linkedin.metadata.key.DataJobKey", 0},
    {"dataPlatformInfo", "com.linkedin.dataplatform.DataPlatformInfo", 0},
    {"dataPlatformInstance", "com.linkedin.common.DataPlatformInstance", 0},
    {"dataPlatformInstanceKey", "com.linkedin.metadata.key.DataPlatformInstanceKey", 0},
    {"dataPlatformInstanceProperties", "com.linkedin.dataplatforminstance.DataPlatformInstanceProperties", 0},
    {"dataPlatformKey", "com.linkedin.metadata.key.DataPlatformKey", 0},
    {"dataProcessInfo", "com.linkedin.dataprocess.DataProcessInfo", 0},
    {"dataProcessInstanceInput", "com.linkedin.dataprocess.DataProcessInstanceInput", 0},
    {"dataProcessInstanceKey", "com.linkedin.metadata.key.DataProcessInstanceKey", 0},
    {"dataProcessInstanceOutput", "com.linkedin.dataprocess.DataProcessInstanceOutput", 0},
    {"dataProcessInstanceProperties", "com.linkedin.dataprocess.DataProcessInstanceProperties", 0},
    {"dataProcessInstanceRelationships", "com.linkedin.dataprocess.DataProcessInstanceRelationships", 0},
    {"dataProcessInstanceRunEvent", "com.linkedin.dataprocess.DataProcessInstanceRunEvent", 1},
    {"dataProcessKey", "com.linkedin.metadata.key.DataProcessKey", 0},
    {"dataProductKey", "com.linkedin.dataproduct.DataProductKey", 0},
    {"dataProductProperties", "com.linkedin.dataproduct.DataProductProperties", 0},
    {"dataTransformLogic", "com.linkedin.common.DataTransformLogic", 0},
    {"dataTypeInfo", "com.linkedin.datatype.DataTypeInfo", 0},
    {"dataTypeKey", "com.linkedin.datatype.DataTypeKey", 0},
    {"datahubIngestionCheckpoint", "com.linkedin.datajob.datahub.DatahubIngestionCheckpoint", 1},
    {"datahubIngestionRunSummary", "com.linkedin.datajob.datahub.DatahubIngestionRunSummary", 1},
    {"datasetDeprecation", "com.linkedin.dataset.DatasetDeprecation", 0},
    {"datasetKey", "com.linkedin.metadata.key.DatasetKey", 0},
    {"datasetProfile", "com.linkedin.dataset.DatasetProfile", 1},
    {"datasetProperties", "com.linkedin.dataset.DatasetProperties", 0},
    {"datasetUpstreamLineage", "com.linkedin.dataset.DatasetUpstreamLineage", 0},
    {"datasetUsageStatistics", "com.linkedin.dataset.DatasetUsageStatistics", 1},
    {"deprecation", "com.linkedin.common.Deprecation", 0},
    {"displayProperties", "com.linkedin.common.DisplayProperties", 0},
    {"documentInfo", "com.linkedin.knowledge.DocumentInfo", 0},
    {"documentKey", "com.linkedin.metadata.key.DocumentKey", 0},
    {"documentSettings", "com.linkedin.knowledge.DocumentSettings", 0},
    {"documentUsageStatistics", "com.linkedin.knowledge.DocumentUsageStatistics", 1},
    {"documentation", "com.linkedin.common.Documentation", 0},
    {"domainKey", "com.linkedin.metadata.key.DomainKey", 0},
    {"domainProperties", "com.linkedin.domain.DomainProperties", 0},
    {"domains", "com.linkedin.domain.Domains", 0},
    {"dynamicFormAssignment", "com.linkedin.form.DynamicFormAssignment", 0},
    {"editableChartProperties", "com.linkedin.chart.EditableChartProperties", 0},
    {"editableContainerProperties", "com.linkedin.container.EditableContainerProperties", 0},
    {"editableDashboardProperties", "com.linkedin.dashboard.EditableDashboardProperties", 0},
    {"editableDataFlowProperties", "com.linkedin.datajob.EditableDataFlowProperties", 0},
    {"editableDataJobProperties", "com.linkedin.datajob.EditableDataJobProperties", 0},
    {"editableDatasetProperties", "com.linkedin.dataset.EditableDatasetProperties", 0},
    {"editableERModelRelationshipProperties", "com.linkedin.ermodelrelation.EditableERModelRelationshipProperties", 0},
    {"editableMlFeatureProperties", "com.linkedin.ml.metadata.EditableMLFeatureProperties", 0},
    {"editableMlFeatureTableProperties", "com.linkedin.ml.metadata.EditableMLFeatureTableProperties", 0},
    {"editableMlModelGroupProperties", "com.linkedin.ml.metadata.EditableMLModelGroupProperties", 0},
    {"editableMlModelProperties", "com.linkedin.ml.metadata.EditableMLModelProperties", 0},
    {"editableMlPrimaryKeyProperties", "com.linkedin.ml.metadata.EditableMLPrimaryKeyProperties", 0},
    {"editableNotebookProperties", "com.linkedin.notebook.EditableNotebookProperties", 0},
    {"editableSchemaMetadata", "com.linkedin.schema.EditableSchemaMetadata", 0},
    {"embed", "com.linkedin.common.Embed", 0},
    {"entityTypeInfo", "com.linkedin.entitytype.EntityTypeInfo", 0},
    {"entityTypeKey", "com.linkedin.entitytype.EntityTypeKey", 0},
    {"erModelRelationshipKey", "com.linkedin.metadata.key.ERModelRelationshipKey", 0},
    {"erModelRelationshipProperties", "com.linkedin.ermodelrelation.ERModelRelationshipProperties", 0},
    {"formInfo", "com.linkedin.form.FormInfo", 0},
    {"formKey", "com.linkedin.metadata.key.FormKey", 0},
    {"forms", "com.linkedin.common.Forms", 0},
    {"globalSettingsInfo", "com.linkedin.settings.global.GlobalSettingsInfo", 0},
    {"globalSettingsKey", "com.linkedin.metadata.key.GlobalSettingsKey", 0},
    {"globalTags", "com.linkedin.common.GlobalTags", 0},
    {"glossaryNodeInfo", "com.linkedin.glossary.GlossaryNodeInfo", 0},
    {"glossaryNodeKey", "com.linkedin.metadata.key.GlossaryNodeKey", 0},
    {"glossaryRelatedTerms", "com.linkedin.glossary.GlossaryRelatedTerms", 0},
    {"glossaryTermInfo", "com.linkedin.glossary.GlossaryTermInfo", 0},
    {"glossaryTermKey", "com.linkedin.metadata.key.GlossaryTermKey", 0},
    {"glossaryTerms", "com.linkedin.common.GlossaryTerms", 0},
    {"groupMembership", "com.linkedin.identity.GroupMembership", 0},
    {"icebergCatalogInfo", "com.linkedin.dataset.IcebergCatalogInfo", 0},
    {"icebergWarehouseInfo", "com.linkedin.dataplatforminstance.IcebergWarehouseInfo", 0},
    {"incidentExternalLinks", "com.linkedin.incident.IncidentExternalLinks", 0},
    {"incidentInfo", "com.linkedin.incident.IncidentInfo", 0},
    {"incidentKey", "com.linkedin.metadata.key.IncidentKey", 0},
    {"incidentNotes", "com.linkedin.incident.IncidentNotes", 0},
    {"incidentSource", "com.linkedin.incident.IncidentSource", 0},
    {"incidentsSummary", "com.linkedin.common.IncidentsSummary", 0},
    {"inputFields", "com.linkedin.common.InputFields", 0},
    {"institutionalMemory", "com.linkedin.common.InstitutionalMemory", 0},
    {"intendedUse", "com.linkedin.ml.metadata.IntendedUse", 0},
    {"inviteToken", "com.linkedin.identity.InviteToken", 0},
    {"inviteTokenKey", "com.linkedin.metadata.key.InviteTokenKey", 0},
    {"lifecycleStageTypeInfo", "com.linkedin.lifecycle.LifecycleStageTypeInfo", 0},
    {"lifecycleStageTypeKey", "com.linkedin.metadata.key.LifecycleStageTypeKey", 0},
    {"logicalParent", "com.linkedin.logical.LogicalParent", 0},
    {"mcpServerProperties", "com.linkedin.service.McpServerProperties", 0},
    {"metricInfo", "com.linkedin.metric.MetricInfo", 0},
    {"metricKey", "com.linkedin.metadata.key.MetricKey", 0},
    {"metricRelationships", "com.linkedin.metric.MetricRelationships", 0},
    {"metricUpstreams", "com.linkedin.metric.MetricUpstreams", 0},
    {"mlFeatureKey", "com.linkedin.metadata.key.MLFeatureKey", 0},
    {"mlFeatureProperties", "com.linkedin.ml.metadata.MLFeatureProperties", 0},
    {"mlFeatureTableKey", "com.linkedin.metadata.key.MLFeatureTableKey", 0},
    {"mlFeatureTableProperties", "com.linkedin.ml.metadata.MLFeatureTableProperties", 0},
    {"mlHyperParam", "com.linkedin.ml.metadata.MLHyperParam", 0},
    {"mlMetric", "com.linkedin.ml.metadata.MLMetric", 0},
    {"mlModelCaveatsAndRecommendations", "com.linkedin.ml.metadata.CaveatsAndRecommendations", 0},
    {"mlModelDeploymentKey", "com.linkedin.metadata.key.MLModelDeploymentKey", 0},
    {"mlModelDeploymentProperties", "com.linkedin.ml.metadata.MLModelDeploymentProperties", 0},
    {"mlModelEthicalConsiderations", "com.linkedin.ml.metadata.EthicalConsiderations", 0},
    {"mlModelEvaluationData", "com.linkedin.ml.metadata.EvaluationData", 0},
    {"mlModelFactorPrompts", "com.linkedin.ml.metadata.MLModelFactorPrompts", 0},
    {"mlModelGroupKey", "com.linkedin.metadata.key.MLModelGroupKey", 0},
    {"mlModelGroupProperties", "com.linkedin.ml.metadata.MLModelGroupProperties", 0},
    {"mlModelKey", "com.linkedin.metadata.key.MLModelKey", 0},
    {"mlModelMetrics", "com.linkedin.ml.metadata.Metrics", 0},
    {"mlModelProperties", "com.linkedin.ml.metadata.MLModelProperties", 0},
    {"mlModelQuantitativeAnalyses", "com.linkedin.ml.metadata.QuantitativeAnalyses", 0},
    {"mlModelTrainingData", "com.linkedin.ml.metadata.TrainingData", 0},
    {"mlPrimaryKeyKey", "com.linkedin.metadata.key.MLPrimaryKeyKey", 0},
    {"mlPrimaryKeyProperties", "com.linkedin.ml.metadata.MLPrimaryKeyProperties", 0},
    {"mlTrainingRunProperties", "com.linkedin.ml.metadata.MLTrainingRunProperties", 0},
    {"nativeGroupMembership", "com.linkedin.identity.NativeGroupMembership", 0},
    {"notebookContent", "com.linkedin.notebook.NotebookContent", 0},
    {"notebookInfo", "com.linkedin.notebook.NotebookInfo", 0},
    {"notebookKey", "com.linkedin.metadata.key.NotebookKey", 0},
    {"operation", "com.linkedin.common.Operation", 1},
    {"origin", "com.linkedin.common.Origin", 0},
    {"ownership", "com.linkedin.common.Ownership", 0},
    {"ownershipTypeInfo", "com.linkedin.ownership.OwnershipTypeInfo", 0},
    {"ownershipTypeKey", "com.linkedin.metadata.key.OwnershipTypeKey", 0},
    {"partitionsSummary", "com.linkedin.dataset.PartitionsSummary", 0},
    {"platformResourceInfo", "com.linkedin.platformresource.PlatformResourceInfo", 0},
    {"platformResourceKey", "com.linkedin.platformresource.PlatformResourceKey", 0},
    {"postInfo", "com.linkedin.post.PostInfo", 0},
    {"postKey", "com.linkedin.metadata.key.PostKey", 0},
    {"propertyDefinition", "com.linkedin.structured.StructuredPropertyDefinition", 0},
    {"queryKey", "com.linkedin.metadata.key.QueryKey", 0},
    {"queryProperties", "com.linkedin.query.QueryProperties", 0},
    {"querySubjects", "com.linkedin.query.QuerySubjects", 0},
    {"queryUsageStatistics", "com.linkedin.query.QueryUsageStatistics", 1},
    {"repositoryKey", "com.linkedin.repository.RepositoryKey", 0},
    {"repositoryLineage", "com.linkedin.repository.RepositoryLineage", 0},
    {"repositoryProperties", "com.linkedin.repository.RepositoryProperties", 0},
    {"repositorySource", "com.linkedin.repository.RepositorySource", 0},
    {"restApiProperties", "com.linkedin.api.RestApiProperties", 0},
    {"roleKey", "com.linkedin.metadata.key.RoleKey", 0},
    {"roleMembership", "com.linkedin.identity.RoleMembership", 0},
    {"roleProperties", "com.linkedin.role.RoleProperties", 0},
    {"schemaFieldAliases", "com.linkedin.schemafield.SchemaFieldAliases", 0},
    {"schemaFieldKey", "com.linkedin.metadata.key.SchemaFieldKey", 0},
    {"schemaMetadata", "com.linkedin.schema.SchemaMetadata", 0},
    {"schemafieldInfo", "com.linkedin.schemafield.SchemaFieldInfo", 0},
    {"semanticContent", "com.linkedin.common.SemanticContent", 0},
    {"semanticModelInfo", "com.linkedin.semanticmodel.SemanticModelInfo", 0},
    {"semanticModelKey", "com.linkedin.metadata.key.SemanticModelKey", 0},
    {"serviceDefinition", "com.linkedin.service.ServiceDefinition", 0},
    {"serviceKey", "com.linkedin.service.ServiceKey", 0},
    {"serviceProperties", "com.linkedin.service.ServiceProperties", 0},
    {"siblings", "com.linkedin.common.Siblings", 0},
    {"slackUserInfo", "com.linkedin.dataplatform.slack.SlackUserInfo", 0},
    {"sourceCode", "com.linkedin.ml.metadata.SourceCode", 0},
    {"status", "com.linkedin.common.Status", 0},
    {"structuredProperties", "com.linkedin.structured.StructuredProperties", 0},
    {"structuredPropertyKey", "com.linkedin.structured.StructuredPropertyKey", 0},
    {"structuredPropertySettings", "com.linkedin.structured.StructuredPropertySettings", 0},
    {"subTypes", "com.linkedin.common.SubTypes", 0},
    {"systemMetadata", "com.linkedin.mxe.SystemMetadata", 0},
    {"tagKey", "com.linkedin.metadata.key.TagKey", 0},
    {"tagProperties", "com.linkedin.tag.TagProperties", 0},
    {"telemetryClientId", "com.linkedin.telemetry.TelemetryClientId", 0},
    {"telemetryKey", "com.linkedin.metadata.key.TelemetryKey", 0},
    {"testInfo", "com.linkedin.test.TestInfo", 0},
    {"testKey", "com.linkedin.metadata.key.TestKey", 0},
    {"testResults", "com.linkedin.test.TestResults", 0},
    {"upstreamLineage", "com.linkedin.dataset.UpstreamLineage", 0},
    {"versionInfo", "com.linkedin.datajob.VersionInfo", 0},
    {"versionProperties", "com.linkedin.common.VersionProperties", 0},
    {"versionSetKey", "com.linkedin.metadata.key.VersionSetKey", 0},
    {"versionSetProperties", "com.linkedin.versionset.VersionSetProperties", 0},
    {"viewProperties", "com.linkedin.dataset.ViewProperties", 0},
};
const size_t dh_model_aspects_count = 258;

const uint16_t dh_model_by_record[] = {
    49, /* com.linkedin.access.token.DataHubAccessTokenInfo */
    4, /* com.linkedin.agent.AIAgentDependencies */
    5, /* com.linkedin.agent.AIAgentInfo */
    2, /* com.linkedin.agentskill.AgentSkillInfo */
    8, /* com.linkedin.api.ApiProperties */
    9, /* com.linkedin.api.ApiSignature */
    222, /* com.linkedin.api.RestApiProperties */
    10, /* com.linkedin.application.ApplicationKey */
    11, /* com.linkedin.application.ApplicationLineage */
    12, /* com.linkedin.application.ApplicationProperties */
    13, /* com.linkedin.application.Applications */
    14, /* com.linkedin.assertion.AssertionActions */
    15, /* com.linkedin.assertion.AssertionInfo */
    17, /* com.linkedin.assertion.AssertionRunEvent */
    21, /* com.linkedin.businessattribute.BusinessAttributeInfo */
    22, /* com.linkedin.businessattribute.BusinessAttributeKey */
    23, /* com.linkedin.businessattribute.BusinessAttributes */
    24, /* com.linkedin.chart.ChartInfo */
    26, /* com.linkedin.chart.ChartQuery */
    27, /* com.linkedin.chart.ChartUsageStatistics */
    124, /* com.linkedin.chart.EditableChartProperties */
    0, /* com.linkedin.common.Access */
    19, /* com.linkedin.common.BrowsePaths */
    20, /* com.linkedin.common.BrowsePathsV2 */
    40, /* com.linkedin.common.Cost */
    88, /* com.linkedin.common.DataPlatformInstance */
    102, /* com.linkedin.common.DataTransformLogic */
    113, /* com.linkedin.common.Deprecation */
    114, /* com.linkedin.common.DisplayProperties */
    119, /* com.linkedin.common.Documentation */
    138, /* com.linkedin.common.Embed */
    145, /* com.linkedin.common.Forms */
    148, /* com.linkedin.common.GlobalTags */
    154, /* com.linkedin.common.GlossaryTerms */
    163, /* com.linkedin.common.IncidentsSummary */
    164, /* com.linkedin.common.InputFields */
    165, /* com.linkedin.common.InstitutionalMemory */
    203, /* com.linkedin.common.Operation */
    204, /* com.linkedin.common.Origin */
    205, /* com.linkedin.common.Ownership */
    230, /* com.linkedin.common.SemanticContent */
    236, /* com.linkedin.common.Siblings */
    239, /* com.linkedin.common.Status */
    243, /* com.linkedin.common.SubTypes */
    254, /* com.linkedin.common.VersionProperties */
    52, /* com.linkedin.connection.DataHubConnectionDetails */
    28, /* com.linkedin.container.Container */
    30, /* com.linkedin.container.ContainerProperties */
    125, /* com.linkedin.container.EditableContainerProperties */
    41, /* com.linkedin.dashboard.DashboardInfo */
    43, /* com.linkedin.dashboard.DashboardUsageStatistics */
    126, /* com.linkedin.dashboard.EditableDashboardProperties */
    45, /* com.linkedin.datacontract.DataContractProperties */
    46, /* com.linkedin.datacontract.DataContractStatus */
    47, /* com.linkedin.datajob.DataFlowInfo */
    84, /* com.linkedin.datajob.DataJobInfo */
    85, /* com.linkedin.datajob.DataJobInputOutput */
    127, /* com.linkedin.datajob.EditableDataFlowProperties */
    128, /* com.linkedin.datajob.EditableDataJobProperties */
    253, /* com.linkedin.datajob.VersionInfo */
    105, /* com.linkedin.datajob.datahub.DatahubIngestionCheckpoint */
    106, /* com.linkedin.datajob.datahub.DatahubIngestionRunSummary */
    87, /* com.linkedin.dataplatform.DataPlatformInfo */
    237, /* com.linkedin.dataplatform.slack.SlackUserInfo */
    90, /* com.linkedin.dataplatforminstance.DataPlatformInstanceProperties */
    157, /* com.linkedin.dataplatforminstance.IcebergWarehouseInfo */
    92, /* com.linkedin.dataprocess.DataProcessInfo */
    93, /* com.linkedin.dataprocess.DataProcessInstanceInput */
    95, /* com.linkedin.dataprocess.DataProcessInstanceOutput */
    96, /* com.linkedin.dataprocess.DataProcessInstanceProperties */
    97, /* com.linkedin.dataprocess.DataProcessInstanceRelationships */
    98, /* com.linkedin.dataprocess.DataProcessInstanceRunEvent */
    100, /* com.linkedin.dataproduct.DataProductKey */
    101, /* com.linkedin.dataproduct.DataProductProperties */
    107, /* com.linkedin.dataset.DatasetDeprecation */
    109, /* com.linkedin.dataset.DatasetProfile */
    110, /* com.linkedin.dataset.DatasetProperties */
    111, /* com.linkedin.dataset.DatasetUpstreamLineage */
    112, /* com.linkedin.dataset.DatasetUsageStatistics */
    129, /* com.linkedin.dataset.EditableDatasetProperties */
    156, /* com.linkedin.dataset.IcebergCatalogInfo */
    208, /* com.linkedin.dataset.PartitionsSummary */
    252, /* com.linkedin.dataset.UpstreamLineage */
    257, /* com.linkedin.dataset.ViewProperties */
    103, /* com.linkedin.datatype.DataTypeInfo */
    104, /* com.linkedin.datatype.DataTypeKey */
    121, /* com.linkedin.domain.DomainProperties */
    122, /* com.linkedin.domain.Domains */
    139, /* com.linkedin.entitytype.EntityTypeInfo */
    140, /* com.linkedin.entitytype.EntityTypeKey */
    142, /* com.linkedin.ermodelrelation.ERModelRelationshipProperties */
    130, /* com.linkedin.ermodelrelation.EditableERModelRelationshipProperties */
    54, /* com.linkedin.execution.ExecutionRequestInput */
    56, /* com.linkedin.execution.ExecutionRequestResult */
    57, /* com.linkedin.execution.ExecutionRequestSignal */
    58, /* com.linkedin.file.DataHubFileInfo */
    123, /* com.linkedin.form.DynamicFormAssignment */
    143, /* com.linkedin.form.FormInfo */
    149, /* com.linkedin.glossary.GlossaryNodeInfo */
    151, /* com.linkedin.glossary.GlossaryRelatedTerms */
    152, /* com.linkedin.glossary.GlossaryTermInfo */
    31, /* com.linkedin.identity.CorpGroupEditableInfo */
    32, /* com.linkedin.identity.CorpGroupInfo */
    34, /* com.linkedin.identity.CorpUserCredentials */
    35, /* com.linkedin.identity.CorpUserEditableInfo */
    36, /* com.linkedin.identity.CorpUserInfo */
    38, /* com.linkedin.identity.CorpUserSettings */
    39, /* com.linkedin.identity.CorpUserStatus */
    155, /* com.linkedin.identity.GroupMembership */
    167, /* com.linkedin.identity.InviteToken */
    199, /* com.linkedin.identity.NativeGroupMembership */
    224, /* com.linkedin.identity.RoleMembership */
    158, /* com.linkedin.incident.IncidentExternalLinks */
    159, /* com.linkedin.incident.IncidentInfo */
    161, /* com.linkedin.incident.IncidentNotes */
    162, /* com.linkedin.incident.IncidentSource */
    60, /* com.linkedin.ingestion.DataHubIngestionSourceInfo */
    115, /* com.linkedin.knowledge.DocumentInfo */
    117, /* com.linkedin.knowledge.DocumentSettings */
    118, /* com.linkedin.knowledge.DocumentUsageStatistics */
    169, /* com.linkedin.lifecycle.LifecycleStageTypeInfo */
    171, /* com.linkedin.logical.LogicalParent */
    6, /* com.linkedin.metadata.key.AIAgentKey */
    3, /* com.linkedin.metadata.key.AgentSkillKey */
    7, /* com.linkedin.metadata.key.ApiKey */
    16, /* com.linkedin.metadata.key.AssertionKey */
    25, /* com.linkedin.metadata.key.ChartKey */
    29, /* com.linkedin.metadata.key.ContainerKey */
    33, /* com.linkedin.metadata.key.CorpGroupKey */
    37, /* com.linkedin.metadata.key.CorpUserKey */
    42, /* com.linkedin.metadata.key.DashboardKey */
    44, /* com.linkedin.metadata.key.DataContractKey */
    48, /* com.linkedin.metadata.key.DataFlowKey */
    50, /* com.linkedin.metadata.key.DataHubAccessTokenKey */
    51, /* com.linkedin.metadata.key.DataHubActionKey */
    53, /* com.linkedin.metadata.key.DataHubConnectionKey */
    59, /* com.linkedin.metadata.key.DataHubFileKey */
    61, /* com.linkedin.metadata.key.DataHubIngestionSourceKey */
    62, /* com.linkedin.metadata.key.DataHubOpenAPISchemaKey */
    63, /* com.linkedin.metadata.key.DataHubPageModuleKey */
    65, /* com.linkedin.metadata.key.DataHubPageTemplateKey */
    68, /* com.linkedin.metadata.key.DataHubPersonaKey */
    70, /* com.linkedin.metadata.key.DataHubPolicyKey */
    72, /* com.linkedin.metadata.key.DataHubRetentionKey */
    74, /* com.linkedin.metadata.key.DataHubRoleKey */
    75, /* com.linkedin.metadata.key.DataHubSecretKey */
    77, /* com.linkedin.metadata.key.DataHubStepStateKey */
    79, /* com.linkedin.metadata.key.DataHubUpgradeKey */
    83, /* com.linkedin.metadata.key.DataHubViewKey */
    86, /* com.linkedin.metadata.key.DataJobKey */
    89, /* com.linkedin.metadata.key.DataPlatformInstanceKey */
    91, /* com.linkedin.metadata.key.DataPlatformKey */
    94, /* com.linkedin.metadata.key.DataProcessInstanceKey */
    99, /* com.linkedin.metadata.key.DataProcessKey */
    108, /* com.linkedin.metadata.key.DatasetKey */
    116, /* com.linkedin.metadata.key.DocumentKey */
    120, /* com.linkedin.metadata.key.DomainKey */
    141, /* com.linkedin.metadata.key.ERModelRelationshipKey */
    55, /* com.linkedin.metadata.key.ExecutionRequestKey */
    144, /* com.linkedin.metadata.key.FormKey */
    147, /* com.linkedin.metadata.key.GlobalSettingsKey */
    150, /* com.linkedin.metadata.key.GlossaryNodeKey */
    153, /* com.linkedin.metadata.key.GlossaryTermKey */
    160, /* com.linkedin.metadata.key.IncidentKey */
    168, /* com.linkedin.metadata.key.InviteTokenKey */
    170, /* com.linkedin.metadata.key.LifecycleStageTypeKey */
    177, /* com.linkedin.metadata.key.MLFeatureKey */
    179, /* com.linkedin.metadata.key.MLFeatureTableKey */
    184, /* com.linkedin.metadata.key.MLModelDeploymentKey */
    189, /* com.linkedin.metadata.key.MLModelGroupKey */
    191, /* com.linkedin.metadata.key.MLModelKey */
    196, /* com.linkedin.metadata.key.MLPrimaryKeyKey */
    174, /* com.linkedin.metadata.key.MetricKey */
    202, /* com.linkedin.metadata.key.NotebookKey */
    207, /* com.linkedin.metadata.key.OwnershipTypeKey */
    212, /* com.linkedin.metadata.key.PostKey */
    214, /* com.linkedin.metadata.key.QueryKey */
    223, /* com.linkedin.metadata.key.RoleKey */
    227, /* com.linkedin.metadata.key.SchemaFieldKey */
    232, /* com.linkedin.metadata.key.SemanticModelKey */
    245, /* com.linkedin.metadata.key.TagKey */
    248, /* com.linkedin.metadata.key.TelemetryKey */
    250, /* com.linkedin.metadata.key.TestKey */
    255, /* com.linkedin.metadata.key.VersionSetKey */
    173, /* com.linkedin.metric.MetricInfo */
    175, /* com.linkedin.metric.MetricRelationships */
    176, /* com.linkedin.metric.MetricUpstreams */
    183, /* com.linkedin.ml.metadata.CaveatsAndRecommendations */
    131, /* com.linkedin.ml.metadata.EditableMLFeatureProperties */
    132, /* com.linkedin.ml.metadata.EditableMLFeatureTableProperties */
    133, /* com.linkedin.ml.metadata.EditableMLModelGroupProperties */
    134, /* com.linkedin.ml.metadata.EditableMLModelProperties */
    135, /* com.linkedin.ml.metadata.EditableMLPrimaryKeyProperties */
    186, /* com.linkedin.ml.metadata.EthicalConsiderations */
    187, /* com.linkedin.ml.metadata.EvaluationData */
    166, /* com.linkedin.ml.metadata.IntendedUse */
    178, /* com.linkedin.ml.metadata.MLFeatureProperties */
    180, /* com.linkedin.ml.metadata.MLFeatureTableProperties */
    181, /* com.linkedin.ml.metadata.MLHyperParam */
    182, /* com.linkedin.ml.metadata.MLMetric */
    185, /* com.linkedin.ml.metadata.MLModelDeploymentProperties */
    188, /* com.linkedin.ml.metadata.MLModelFactorPrompts */
    190, /* com.linkedin.ml.metadata.MLModelGroupProperties */
    193, /* com.linkedin.ml.metadata.MLModelProperties */
    197, /* com.linkedin.ml.metadata.MLPrimaryKeyProperties */
    198, /* com.linkedin.ml.metadata.MLTrainingRunProperties */
    192, /* com.linkedin.ml.metadata.Metrics */
    194, /* com.linkedin.ml.metadata.QuantitativeAnalyses */
    238, /* com.linkedin.ml.metadata.SourceCode */
    195, /* com.linkedin.ml.metadata.TrainingData */
    64, /* com.linkedin.module.DataHubPageModuleProperties */
    244, /* com.linkedin.mxe.SystemMetadata */
    136, /* com.linkedin.notebook.EditableNotebookProperties */
    200, /* com.linkedin.notebook.NotebookContent */
    201, /* com.linkedin.notebook.NotebookInfo */
    206, /* com.linkedin.ownership.OwnershipTypeInfo */
    67, /* com.linkedin.persona.DataHubPersonaInfo */
    209, /* com.linkedin.platformresource.PlatformResourceInfo */
    210, /* com.linkedin.platformresource.PlatformResourceKey */
    69, /* com.linkedin.policy.DataHubPolicyInfo */
    73, /* com.linkedin.policy.DataHubRoleInfo */
    211, /* com.linkedin.post.PostInfo */
    215, /* com.linkedin.query.QueryProperties */
    216, /* com.linkedin.query.QuerySubjects */
    217, /* com.linkedin.query.QueryUsageStatistics */
    218, /* com.linkedin.repository.RepositoryKey */
    219, /* com.linkedin.repository.RepositoryLineage */
    220, /* com.linkedin.repository.RepositoryProperties */
    221, /* com.linkedin.repository.RepositorySource */
    71, /* com.linkedin.retention.DataHubRetentionConfig */
    1, /* com.linkedin.role.Actors */
    225, /* com.linkedin.role.RoleProperties */
    137, /* com.linkedin.schema.EditableSchemaMetadata */
    228, /* com.linkedin.schema.SchemaMetadata */
    226, /* com.linkedin.schemafield.SchemaFieldAliases */
    229, /* com.linkedin.schemafield.SchemaFieldInfo */
    76, /* com.linkedin.secret.DataHubSecretValue */
    231, /* com.linkedin.semanticmodel.SemanticModelInfo */
    172, /* com.linkedin.service.McpServerProperties */
    233, /* com.linkedin.service.ServiceDefinition */
    234, /* com.linkedin.service.ServiceKey */
    235, /* com.linkedin.service.ServiceProperties */
    18, /* com.linkedin.settings.asset.AssetSettings */
    146, /* com.linkedin.settings.global.GlobalSettingsInfo */
    78, /* com.linkedin.step.DataHubStepStateProperties */
    240, /* com.linkedin.structured.StructuredProperties */
    213, /* com.linkedin.structured.StructuredPropertyDefinition */
    241, /* com.linkedin.structured.StructuredPropertyKey */
    242, /* com.linkedin.structured.StructuredPropertySettings */
    246, /* com.linkedin.tag.TagProperties */
    247, /* com.linkedin.telemetry.TelemetryClientId */
    66, /* com.linkedin.template.DataHubPageTemplateProperties */
    249, /* com.linkedin.test.TestInfo */
    251, /* com.linkedin.test.TestResults */
    80, /* com.linkedin.upgrade.DataHubUpgradeRequest */
    81, /* com.linkedin.upgrade.DataHubUpgradeResult */
    256, /* com.linkedin.versionset.VersionSetProperties */
    82, /* com.linkedin.view.DataHubViewInfo */
};

static const char *const agentSkill_aspects[] = {
    "agentSkillInfo",
    "agentSkillKey",
    "dataPlatformInstance",
    "domains",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "semanticContent",
    "status",
    "structuredProperties",
    "versionProperties",
};

static const char *const aiAgent_aspects[] = {
    "aiAgentDependencies",
    "aiAgentInfo",
    "aiAgentKey",
    "dataPlatformInstance",
    "displayProperties",
    "domains",
    "globalTags",
    "glossaryTerms",
    "incidentsSummary",
    "institutionalMemory",
    "ownership",
    "semanticContent",
    "status",
    "structuredProperties",
    "upstreamLineage",
    "versionProperties",
};

static const char *const api_aspects[] = {
    "apiKey",
    "apiProperties",
    "apiSignature",
    "dataPlatformInstance",
    "domains",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "restApiProperties",
    "semanticContent",
    "status",
    "structuredProperties",
    "subTypes",
    "versionProperties",
};

static const char *const application_aspects[] = {
    "applicationKey",
    "applicationLineage",
    "applicationProperties",
    "domains",
    "forms",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const assertion_aspects[] = {
    "assertionActions",
    "assertionInfo",
    "assertionKey",
    "assertionRunEvent",
    "dataPlatformInstance",
    "globalTags",
    "ownership",
    "status",
};

static const char *const businessAttribute_aspects[] = {
    "businessAttributeInfo",
    "businessAttributeKey",
    "institutionalMemory",
    "ownership",
    "status",
};

static const char *const chart_aspects[] = {
    "applications",
    "browsePaths",
    "browsePathsV2",
    "chartInfo",
    "chartKey",
    "chartQuery",
    "chartUsageStatistics",
    "container",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "editableChartProperties",
    "embed",
    "forms",
    "globalTags",
    "glossaryTerms",
    "incidentsSummary",
    "inputFields",
    "institutionalMemory",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const container_aspects[] = {
    "access",
    "applications",
    "browsePaths",
    "browsePathsV2",
    "container",
    "containerKey",
    "containerProperties",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "editableContainerProperties",
    "forms",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const corpGroup_aspects[] = {
    "corpGroupEditableInfo",
    "corpGroupInfo",
    "corpGroupKey",
    "forms",
    "globalTags",
    "origin",
    "ownership",
    "roleMembership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const corpuser_aspects[] = {
    "corpUserCredentials",
    "corpUserEditableInfo",
    "corpUserInfo",
    "corpUserKey",
    "corpUserSettings",
    "corpUserStatus",
    "forms",
    "globalTags",
    "groupMembership",
    "nativeGroupMembership",
    "origin",
    "roleMembership",
    "slackUserInfo",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const dashboard_aspects[] = {
    "access",
    "applications",
    "browsePaths",
    "browsePathsV2",
    "container",
    "dashboardInfo",
    "dashboardKey",
    "dashboardUsageStatistics",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "editableDashboardProperties",
    "embed",
    "forms",
    "globalTags",
    "glossaryTerms",
    "incidentsSummary",
    "inputFields",
    "institutionalMemory",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const dataContract_aspects[] = {
    "dataContractKey",
    "dataContractProperties",
    "dataContractStatus",
    "status",
    "structuredProperties",
};

static const char *const dataFlow_aspects[] = {
    "applications",
    "browsePaths",
    "browsePathsV2",
    "container",
    "dataFlowInfo",
    "dataFlowKey",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "editableDataFlowProperties",
    "forms",
    "globalTags",
    "glossaryTerms",
    "incidentsSummary",
    "institutionalMemory",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
    "versionInfo",
};

static const char *const dataHubAccessToken_aspects[] = {
    "dataHubAccessTokenInfo",
    "dataHubAccessTokenKey",
};

static const char *const dataHubAction_aspects[] = {
    "dataHubActionKey",
};

static const char *const dataHubConnection_aspects[] = {
    "dataHubConnectionDetails",
    "dataHubConnectionKey",
    "dataPlatformInstance",
};

static const char *const dataHubExecutionRequest_aspects[] = {
    "dataHubExecutionRequestInput",
    "dataHubExecutionRequestKey",
    "dataHubExecutionRequestResult",
    "dataHubExecutionRequestSignal",
};

static const char *const dataHubFile_aspects[] = {
    "dataHubFileInfo",
    "dataHubFileKey",
    "status",
};

static const char *const dataHubIngestionSource_aspects[] = {
    "dataHubIngestionSourceInfo",
    "dataHubIngestionSourceKey",
    "ownership",
};

static const char *const dataHubOpenAPISchema_aspects[] = {
    "dataHubOpenAPISchemaKey",
    "systemMetadata",
};

static const char *const dataHubPageModule_aspects[] = {
    "dataHubPageModuleKey",
    "dataHubPageModuleProperties",
};

static const char *const dataHubPageTemplate_aspects[] = {
    "dataHubPageTemplateKey",
    "dataHubPageTemplateProperties",
};

static const char *const dataHubPersona_aspects[] = {
    "dataHubPersonaInfo",
    "dataHubPersonaKey",
};

static const char *const dataHubPolicy_aspects[] = {
    "dataHubPolicyInfo",
    "dataHubPolicyKey",
};

static const char *const dataHubRetention_aspects[] = {
    "dataHubRetentionConfig",
    "dataHubRetentionKey",
};

static const char *const dataHubRole_aspects[] = {
    "dataHubRoleInfo",
    "dataHubRoleKey",
};

static const char *const dataHubSecret_aspects[] = {
    "dataHubSecretKey",
    "dataHubSecretValue",
};

static const char *const dataHubStepState_aspects[] = {
    "dataHubStepStateKey",
    "dataHubStepStateProperties",
};

static const char *const dataHubUpgrade_aspects[] = {
    "dataHubUpgradeKey",
    "dataHubUpgradeRequest",
    "dataHubUpgradeResult",
};

static const char *const dataHubView_aspects[] = {
    "dataHubViewInfo",
    "dataHubViewKey",
};

static const char *const dataJob_aspects[] = {
    "applications",
    "browsePaths",
    "browsePathsV2",
    "container",
    "dataJobInfo",
    "dataJobInputOutput",
    "dataJobKey",
    "dataPlatformInstance",
    "dataTransformLogic",
    "datahubIngestionCheckpoint",
    "datahubIngestionRunSummary",
    "deprecation",
    "documentation",
    "domains",
    "editableDataJobProperties",
    "forms",
    "globalTags",
    "glossaryTerms",
    "incidentsSummary",
    "institutionalMemory",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
    "versionInfo",
};

static const char *const dataPlatform_aspects[] = {
    "dataPlatformInfo",
    "dataPlatformKey",
};

static const char *const dataPlatformInstance_aspects[] = {
    "dataPlatformInstanceKey",
    "dataPlatformInstanceProperties",
    "deprecation",
    "globalTags",
    "icebergWarehouseInfo",
    "institutionalMemory",
    "ownership",
    "status",
};

static const char *const dataProcess_aspects[] = {
    "dataProcessInfo",
    "dataProcessKey",
    "ownership",
    "status",
    "subTypes",
    "testResults",
};

static const char *const dataProcessInstance_aspects[] = {
    "container",
    "dataPlatformInstance",
    "dataProcessInstanceInput",
    "dataProcessInstanceKey",
    "dataProcessInstanceOutput",
    "dataProcessInstanceProperties",
    "dataProcessInstanceRelationships",
    "dataProcessInstanceRunEvent",
    "mlTrainingRunProperties",
    "status",
    "subTypes",
    "testResults",
};

static const char *const dataProduct_aspects[] = {
    "applications",
    "assetSettings",
    "dataProductKey",
    "dataProductProperties",
    "deprecation",
    "domains",
    "forms",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const dataType_aspects[] = {
    "dataTypeInfo",
    "dataTypeKey",
    "institutionalMemory",
    "status",
};

static const char *const dataset_aspects[] = {
    "access",
    "applications",
    "assetSettings",
    "browsePaths",
    "browsePathsV2",
    "container",
    "dataPlatformInstance",
    "datasetDeprecation",
    "datasetKey",
    "datasetProfile",
    "datasetProperties",
    "datasetUpstreamLineage",
    "datasetUsageStatistics",
    "deprecation",
    "documentation",
    "domains",
    "editableDatasetProperties",
    "editableSchemaMetadata",
    "embed",
    "forms",
    "globalTags",
    "glossaryTerms",
    "icebergCatalogInfo",
    "incidentsSummary",
    "institutionalMemory",
    "logicalParent",
    "operation",
    "ownership",
    "partitionsSummary",
    "schemaMetadata",
    "siblings",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
    "upstreamLineage",
    "versionProperties",
    "viewProperties",
};

static const char *const document_aspects[] = {
    "browsePathsV2",
    "dataPlatformInstance",
    "documentInfo",
    "documentKey",
    "documentSettings",
    "documentUsageStatistics",
    "documentation",
    "domains",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "semanticContent",
    "status",
    "structuredProperties",
    "subTypes",
};

static const char *const domain_aspects[] = {
    "assetSettings",
    "deprecation",
    "displayProperties",
    "domainKey",
    "domainProperties",
    "forms",
    "institutionalMemory",
    "ownership",
    "structuredProperties",
    "testResults",
};

static const char *const entityType_aspects[] = {
    "entityTypeInfo",
    "entityTypeKey",
    "institutionalMemory",
    "status",
};

static const char *const erModelRelationship_aspects[] = {
    "editableERModelRelationshipProperties",
    "erModelRelationshipKey",
    "erModelRelationshipProperties",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "status",
};

static const char *const form_aspects[] = {
    "dynamicFormAssignment",
    "formInfo",
    "formKey",
    "ownership",
};

static const char *const globalSettings_aspects[] = {
    "globalSettingsInfo",
    "globalSettingsKey",
};

static const char *const glossaryNode_aspects[] = {
    "assetSettings",
    "displayProperties",
    "domains",
    "forms",
    "glossaryNodeInfo",
    "glossaryNodeKey",
    "institutionalMemory",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const glossaryTerm_aspects[] = {
    "applications",
    "assetSettings",
    "browsePaths",
    "deprecation",
    "displayProperties",
    "domains",
    "forms",
    "glossaryRelatedTerms",
    "glossaryTermInfo",
    "glossaryTermKey",
    "institutionalMemory",
    "ownership",
    "schemaMetadata",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const incident_aspects[] = {
    "globalTags",
    "incidentExternalLinks",
    "incidentInfo",
    "incidentKey",
    "incidentNotes",
};

static const char *const inviteToken_aspects[] = {
    "inviteToken",
    "inviteTokenKey",
};

static const char *const lifecycleStageType_aspects[] = {
    "lifecycleStageTypeInfo",
    "lifecycleStageTypeKey",
    "status",
};

static const char *const metric_aspects[] = {
    "applications",
    "browsePathsV2",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "metricInfo",
    "metricKey",
    "metricRelationships",
    "metricUpstreams",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
};

static const char *const mlFeature_aspects[] = {
    "applications",
    "browsePaths",
    "browsePathsV2",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "editableMlFeatureProperties",
    "forms",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "mlFeatureKey",
    "mlFeatureProperties",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const mlFeatureTable_aspects[] = {
    "applications",
    "browsePaths",
    "browsePathsV2",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "editableMlFeatureTableProperties",
    "forms",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "mlFeatureTableKey",
    "mlFeatureTableProperties",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const mlModel_aspects[] = {
    "applications",
    "browsePaths",
    "browsePathsV2",
    "container",
    "cost",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "editableMlModelProperties",
    "forms",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "intendedUse",
    "mlModelCaveatsAndRecommendations",
    "mlModelEthicalConsiderations",
    "mlModelEvaluationData",
    "mlModelFactorPrompts",
    "mlModelKey",
    "mlModelMetrics",
    "mlModelProperties",
    "mlModelQuantitativeAnalyses",
    "mlModelTrainingData",
    "ownership",
    "sourceCode",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
    "versionProperties",
};

static const char *const mlModelDeployment_aspects[] = {
    "container",
    "dataPlatformInstance",
    "deprecation",
    "globalTags",
    "mlModelDeploymentKey",
    "mlModelDeploymentProperties",
    "ownership",
    "status",
    "testResults",
};

static const char *const mlModelGroup_aspects[] = {
    "applications",
    "browsePaths",
    "browsePathsV2",
    "container",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "editableMlModelGroupProperties",
    "forms",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "mlModelGroupKey",
    "mlModelGroupProperties",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const mlPrimaryKey_aspects[] = {
    "applications",
    "dataPlatformInstance",
    "deprecation",
    "domains",
    "editableMlPrimaryKeyProperties",
    "forms",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "mlPrimaryKeyKey",
    "mlPrimaryKeyProperties",
    "ownership",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const notebook_aspects[] = {
    "applications",
    "browsePaths",
    "browsePathsV2",
    "dataPlatformInstance",
    "documentation",
    "domains",
    "editableNotebookProperties",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "notebookContent",
    "notebookInfo",
    "notebookKey",
    "ownership",
    "status",
    "subTypes",
    "testResults",
};

static const char *const ownershipType_aspects[] = {
    "ownershipTypeInfo",
    "ownershipTypeKey",
    "status",
};

static const char *const platformResource_aspects[] = {
    "dataPlatformInstance",
    "platformResourceInfo",
    "platformResourceKey",
    "status",
};

static const char *const post_aspects[] = {
    "postInfo",
    "postKey",
    "subTypes",
};

static const char *const query_aspects[] = {
    "dataPlatformInstance",
    "queryKey",
    "queryProperties",
    "querySubjects",
    "queryUsageStatistics",
    "status",
    "subTypes",
};

static const char *const repository_aspects[] = {
    "browsePathsV2",
    "dataPlatformInstance",
    "domains",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "repositoryKey",
    "repositoryLineage",
    "repositoryProperties",
    "repositorySource",
    "semanticContent",
    "status",
    "structuredProperties",
    "subTypes",
};

static const char *const role_aspects[] = {
    "actors",
    "roleKey",
    "roleProperties",
};

static const char *const schemaField_aspects[] = {
    "businessAttributes",
    "deprecation",
    "documentation",
    "forms",
    "globalTags",
    "glossaryTerms",
    "logicalParent",
    "schemaFieldAliases",
    "schemaFieldKey",
    "schemafieldInfo",
    "status",
    "structuredProperties",
    "subTypes",
    "testResults",
};

static const char *const semanticModel_aspects[] = {
    "applications",
    "browsePathsV2",
    "dataPlatformInstance",
    "deprecation",
    "documentation",
    "domains",
    "globalTags",
    "glossaryTerms",
    "institutionalMemory",
    "ownership",
    "semanticModelInfo",
    "semanticModelKey",
    "status",
    "structuredProperties",
    "subTypes",
    "upstreamLineage",
};

static const char *const service_aspects[] = {
    "dataPlatformInstance",
    "globalTags",
    "incidentsSummary",
    "mcpServerProperties",
    "ownership",
    "semanticContent",
    "serviceDefinition",
    "serviceKey",
    "serviceProperties",
    "status",
    "subTypes",
};

static const char *const structuredProperty_aspects[] = {
    "institutionalMemory",
    "propertyDefinition",
    "status",
    "structuredPropertyKey",
    "structuredPropertySettings",
};

static const char *const tag_aspects[] = {
    "deprecation",
    "ownership",
    "status",
    "tagKey",
    "tagProperties",
    "testResults",
};

static const char *const telemetry_aspects[] = {
    "telemetryClientId",
    "telemetryKey",
};

static const char *const test_aspects[] = {
    "testInfo",
    "testKey",
};

static const char *const versionSet_aspects[] = {
    "versionSetKey",
    "versionSetProperties",
};

const dh_model_entity dh_model_entities[] = {
    {"agentSkill", "agentSkillKey", agentSkill_aspects, 12},
    {"aiAgent", "aiAgentKey", aiAgent_aspects, 16},
    {"api", "apiKey", api_aspects, 15},
    {"application", "applicationKey", application_aspects, 13},
    {"assertion", "assertionKey", assertion_aspects, 8},
    {"businessAttribute", "businessAttributeKey", businessAttribute_aspects, 5},
    {"chart", "chartKey", chart_aspects, 25},
    {"container", "containerKey", container_aspects, 21},
    {"corpGroup", "corpGroupKey", corpGroup_aspects, 12},
    {"corpuser", "corpUserKey", corpuser_aspects, 17},
    {"dashboard", "dashboardKey", dashboard_aspects, 25},
    {"dataContract", "dataContractKey", dataContract_aspects, 5},
    {"dataFlow", "dataFlowKey", dataFlow_aspects, 22},
    {"dataHubAccessToken", "dataHubAccessTokenKey", dataHubAccessToken_aspects, 2},
    {"dataHubAction", "dataHubActionKey", dataHubAction_aspects, 1},
    {"dataHubConnection", "dataHubConnectionKey", dataHubConnection_aspects, 3},
    {"dataHubExecutionRequest", "dataHubExecutionRequestKey", dataHubExecutionRequest_aspects, 4},
    {"dataHubFile", "dataHubFileKey", dataHubFile_aspects, 3},
    {"dataHubIngestionSource", "dataHubIngestionSourceKey", dataHubIngestionSource_aspects, 3},
    {"dataHubOpenAPISchema", "dataHubOpenAPISchemaKey", dataHubOpenAPISchema_aspects, 2},
    {"dataHubPageModule", "dataHubPageModuleKey", dataHubPageModule_aspects, 2},
    {"dataHubPageTemplate", "dataHubPageTemplateKey", dataHubPageTemplate_aspects, 2},
    {"dataHubPersona", "dataHubPersonaKey", dataHubPersona_aspects, 2},
    {"dataHubPolicy", "dataHubPolicyKey", dataHubPolicy_aspects, 2},
    {"dataHubRetention", "dataHubRetentionKey", dataHubRetention_aspects, 2},
    {"dataHubRole", "dataHubRoleKey", dataHubRole_aspects, 2},
    {"dataHubSecret", "dataHubSecretKey", dataHubSecret_aspects, 2},
    {"dataHubStepState", "dataHubStepStateKey", dataHubStepState_aspects, 2},
    {"dataHubUpgrade", "dataHubUpgradeKey", dataHubUpgrade_aspects, 3},
    {"dataHubView", "dataHubViewKey", dataHubView_aspects, 2},
    {"dataJob", "dataJobKey", dataJob_aspects, 26},
    {"dataPlatform", "dataPlatformKey", dataPlatform_aspects, 2},
    {"dataPlatformInstance", "dataPlatformInstanceKey", dataPlatformInstance_aspects, 8},
    {"dataProcess", "dataProcessKey", dataProcess_aspects, 6},
    {"dataProcessInstance", "dataProcessInstanceKey", dataProcessInstance_aspects, 12},
    {"dataProduct", "dataProductKey", dataProduct_aspects, 15},
    {"dataType", "dataTypeKey", dataType_aspects, 4},
    {"dataset", "datasetKey", dataset_aspects, 38},
    {"document", "documentKey", document_aspects, 16},
    {"domain", "domainKey", domain_aspects, 10},
    {"entityType", "entityTypeKey", entityType_aspects, 4},
    {"erModelRelationship", "erModelRelationshipKey", erModelRelationship_aspects, 8},
    {"form", "formKey", form_aspects, 4},
    {"globalSettings", "globalSettingsKey", globalSettings_aspects, 2},
    {"glossaryNode", "glossaryNodeKey", glossaryNode_aspects, 12},
    {"glossaryTerm", "glossaryTermKey", glossaryTerm_aspects, 17},
    {"incident", "incidentKey", incident_aspects, 5},
    {"inviteToken", "inviteTokenKey", inviteToken_aspects, 2},
    {"lifecycleStageType", "lifecycleStageTypeKey", lifecycleStageType_aspects, 3},
    {"metric", "metricKey", metric_aspects, 17},
    {"mlFeature", "mlFeatureKey", mlFeature_aspects, 19},
    {"mlFeatureTable", "mlFeatureTableKey", mlFeatureTable_aspects, 19},
    {"mlModel", "mlModelKey", mlModel_aspects, 31},
    {"mlModelDeployment", "mlModelDeploymentKey", mlModelDeployment_aspects, 9},
    {"mlModelGroup", "mlModelGroupKey", mlModelGroup_aspects, 20},
    {"mlPrimaryKey", "mlPrimaryKeyKey", mlPrimaryKey_aspects, 16},
    {"notebook", "notebookKey", notebook_aspects, 17},
    {"ownershipType", "ownershipTypeKey", ownershipType_aspects, 3},
    {"platformResource", "platformResourceKey", platformResource_aspects, 4},
    {"post", "postKey", post_aspects, 3},
    {"query", "queryKey", query_aspects, 7},
    {"repository", "repositoryKey", repository_aspects, 15},
    {"role", "roleKey", role_aspects, 3},
    {"schemaField", "schemaFieldKey", schemaField_aspects, 14},
    {"semanticModel", "semanticModelKey", semanticModel_aspects, 16},
    {"service", "serviceKey", service_aspects, 11},
    {"structuredProperty", "structuredPropertyKey", structuredProperty_aspects, 5},
    {"tag", "tagKey", tag_aspects, 6},
    {"telemetry", "telemetryKey", telemetry_aspects, 2},
    {"test", "testKey", test_aspects, 2},
    {"versionSet", "versionSetKey", versionSet_aspects, 2},
};
const size_t dh_model_entities_count = 71;

const dh_model_snapshot dh_model_snapshots[] = {
    {"ChartSnapshot", "chart"},
    {"CorpGroupSnapshot", "corpGroup"},
    {"CorpUserSnapshot", "corpuser"},
    {"DashboardSnapshot", "dashboard"},
    {"DataFlowSnapshot", "dataFlow"},
    {"DataHubPolicySnapshot", "dataHubPolicy"},
    {"DataHubRetentionSnapshot", "dataHubRetention"},
    {"DataJobSnapshot", "dataJob"},
    {"DataPlatformSnapshot", "dataPlatform"},
    {"DataProcessSnapshot", "dataProcess"},
    {"DatasetSnapshot", "dataset"},
    {"GlossaryNodeSnapshot", "glossaryNode"},
    {"GlossaryTermSnapshot", "glossaryTerm"},
    {"MLFeatureSnapshot", "mlFeature"},
    {"MLFeatureTableSnapshot", "mlFeatureTable"},
    {"MLModelDeploymentSnapshot", "mlModelDeployment"},
    {"MLModelGroupSnapshot", "mlModelGroup"},
    {"MLModelSnapshot", "mlModel"},
    {"MLPrimaryKeySnapshot", "mlPrimaryKey"},
    {"SchemaFieldSnapshot", "schemaField"},
    {"Snapshot", ""},
    {"TagSnapshot", "tag"},
};
const size_t dh_model_snapshots_count = 22;

const char *const dh_model_union_branches[] = {
    "com.linkedin.common.fieldtransformer.TransformationType",
    "com.linkedin.common.fieldtransformer.UDFTransformer",
    "com.linkedin.datajob.azkaban.AzkabanJobType",
    "com.linkedin.schema.ArrayType",
    "com.linkedin.schema.BinaryJsonSchema",
    "com.linkedin.schema.BooleanType",
    "com.linkedin.schema.BytesType",
    "com.linkedin.schema.DatasetFieldForeignKey",
    "com.linkedin.schema.DateType",
    "com.linkedin.schema.EnumType",
    "com.linkedin.schema.EspressoSchema",
    "com.linkedin.schema.FixedType",
    "com.linkedin.schema.KafkaSchema",
    "com.linkedin.schema.KeyValueSchema",
    "com.linkedin.schema.MapType",
    "com.linkedin.schema.MySqlDDL",
    "com.linkedin.schema.NullType",
    "com.linkedin.schema.NumberType",
    "com.linkedin.schema.OracleDDL",
    "com.linkedin.schema.OrcSchema",
    "com.linkedin.schema.OtherSchema",
    "com.linkedin.schema.PrestoDDL",
    "com.linkedin.schema.RecordType",
    "com.linkedin.schema.Schemaless",
    "com.linkedin.schema.StringType",
    "com.linkedin.schema.TimeType",
    "com.linkedin.schema.UnionType",
    "com.linkedin.schema.UrnForeignKey",
};
const size_t dh_model_union_branches_count = 28;

const char *const dh_model_union_fields[] = {
    "com.linkedin.chart.ChartInfo inputs",
    "com.linkedin.datajob.DataJobInfo type",
    "com.linkedin.dataset.DatasetUpstreamLineage sourceFields",
    "com.linkedin.ml.metadata.MLModelProperties hyperParameters",
    "com.linkedin.structured.StructuredProperties values",
    "com.linkedin.structured.StructuredPropertyDefinition value",
};
const size_t dh_model_union_fields_count = 6;

const char *const dh_model_maps[] = {
    "args",
    "customHeaders",
    "customProperties",
    "embeddings",
    "extraArgs",
    "foreignKeysSpecs",
    "headers",
    "hyperParameters",
    "nativeParameters",
    "nativeResults",
    "ownerTypes",
    "parameters",
    "properties",
    "queryFragments",
    "result",
    "runtimeContext",
    "sourceDetail",
    "subfieldBoostScores",
    "typeQualifier",
    "weightsPerFieldValue",
};
const size_t dh_model_maps_count = 20;
